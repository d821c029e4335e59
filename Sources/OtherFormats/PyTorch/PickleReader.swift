internal import Tensors

/// Reads a pickle of protocol 0 to 5 (Python's `pickletools` describes the instructions) and runs nothing: names and calls go
/// to a host, which makes values of the few that it knows and refuses all others.
struct PickleReader {
    private var bytes: ByteReader
    private let host: any PickleHost
    private var stack: [PickleValue] = []
    /// Where on the stack the marks lie.
    private var marks: [Int] = []
    private var memo: [Int: PickleValue] = [:]
    /// All that holds others, and perhaps itself, to be emptied in the end: so nothing is let go within something else, however
    /// deep it lies.
    private var containers: [PickleValue] = []

    /// More than checkpoints of a hundred thousand tensors have; each may take a hundred bytes.
    private static let maximumInstructions = 1 << 22

    private init(_ bytes: [UInt8], _ host: any PickleHost) {
        self.bytes = ByteReader(bytes)
        self.host = host
    }

    /// Calls `body` with what the pickle amounts to; its containers are empty afterwards.
    ///
    /// - Throws: `malformed` for what is no pickle, `unsupported` for instructions that no checkpoint has, what the host
    ///   throws.
    static func read<Output>(
        _ bytes: [UInt8], _ host: any PickleHost, _ body: (PickleValue) throws(SparsifyError) -> Output
    ) throws(SparsifyError) -> Output {
        var reader = PickleReader(bytes, host)
        defer { for value in reader.containers { value.kind = .none } }
        return try body(try reader.run())
    }

    private mutating func run() throws(SparsifyError) -> PickleValue {
        for _ in 0..<Self.maximumInstructions {
            let code: UInt8 = try bytes.integer("instruction of the pickle")
            if code == UInt8(ascii: ".") { return try pop() }
            try step(Character(Unicode.Scalar(code)), code)
        }
        throw SparsifyError(.limit, "The pickle has more than \(Self.maximumInstructions) instructions.")
    }

    private mutating func step(_ name: Character, _ code: UInt8) throws(SparsifyError) {
        switch name {
        case "(": marks.append(stack.count)
        case "0": if marks.last == stack.count { marks.removeLast() } else { _ = try pop() }
        case "1": _ = try popMark()
        case "2": stack.append(try top())
        case "N": push(.none)
        case "I": try pushDecimal()
        case "J": push(.integer(Int(try bytes.integer("number", as: Int32.self))))
        case "K": push(.integer(Int(try bytes.integer("number", as: UInt8.self))))
        case "M": push(.integer(Int(try bytes.integer("number", as: UInt16.self))))
        case "L": push(.integer(Int(try line().filter { $0 != "L" })))
        case "F": push(.float(Double(try line()) ?? .nan))
        case "G":
            let bits: UInt64 = try bytes.integer("number")
            push(.float(Double(bitPattern: bits.byteSwapped)))
        case "V": push(.text(try line()))
        case "X": push(.text(try text(Int(try bytes.integer("length", as: UInt32.self)))))
        case "U", "C": try pushBytes(Int(try bytes.integer("length", as: UInt8.self)), isText: name == "U")
        case "T": try pushBytes(Int(try bytes.integer("length", as: Int32.self)), isText: true)
        case "B": try pushBytes(Int(try bytes.integer("length", as: UInt32.self)), isText: false)
        case "]": container(.list([]))
        case ")": push(.tuple([]))
        case "}": container(.dictionary([]))
        case "l": container(.list(try popMark()))
        case "t": container(.tuple(try popMark()))
        case "d":
            let items = try popMark()
            container(.dictionary([]))
            try extend(try top(), pairs: items)
        case "a":
            let item = try pop()
            try extend(try top(), [item])
        case "e":
            let items = try popMark()
            try extend(try top(), items)
        case "s":
            let value = try pop()
            let key = try pop()
            try extend(try top(), pairs: [key, value])
        case "u":
            let items = try popMark()
            try extend(try top(), pairs: items)
        case "c":
            let module = try line()
            stack.append(try host.global(module, try line()))
        case "R", "b": try applied(isBuild: name == "b")
        case "Q": stack.append(try host.persistent(try pop()))
        case "q": memo[Int(try bytes.integer("memo", as: UInt8.self))] = try top()
        case "r": memo[Int(try bytes.integer("memo", as: UInt32.self))] = try top()
        case "p": memo[try number(try line())] = try top()
        case "h": try recall(Int(try bytes.integer("memo", as: UInt8.self)))
        case "j": try recall(Int(try bytes.integer("memo", as: UInt32.self)))
        case "g": try recall(try number(try line()))
        default: try extendedStep(code)
        }
    }

    /// Instructions of protocol 2 and later.
    private mutating func extendedStep(_ code: UInt8) throws(SparsifyError) {
        switch code {
        case 0x80:
            let version: UInt8 = try bytes.integer("version of the pickle")
            guard version <= 5 else { throw bytes.failure("The pickle is of protocol \(version); 0 to 5 are known.") }
        case 0x81: try applied(isBuild: false)
        case 0x85: try pushTuple(1)
        case 0x86: try pushTuple(2)
        case 0x87: try pushTuple(3)
        case 0x88: push(.bool(true))
        case 0x89: push(.bool(false))
        case 0x8a: try pushLong(Int(try bytes.integer("length", as: UInt8.self)))
        case 0x8b: try pushLong(Int(try bytes.integer("length", as: Int32.self)))
        case 0x8c: push(.text(try text(Int(try bytes.integer("length", as: UInt8.self)))))
        case 0x8d: push(.text(try text(try length64())))
        case 0x8e, 0x96: try pushBytes(try length64(), isText: false)
        case 0x8f: push(.set)
        case 0x90: _ = try popMark()
        case 0x91:
            _ = try popMark()
            push(.set)
        case 0x93:
            let (name, module) = (try pop().text, try pop().text)
            guard let name, let module else { throw bytes.failure("A name in the pickle is no text.") }
            stack.append(try host.global(module, name))
        case 0x94: memo[memo.count] = try top()
        case 0x95: _ = try bytes.integer("length of a frame", as: UInt64.self)
        default:
            throw SparsifyError(
                .unsupported, "The pickle has the instruction \(code), which no checkpoint needs.",
                offset: bytes.position - 1)
        }
    }

    // MARK: The stack

    private mutating func push(_ kind: PickleValue.Kind) { stack.append(PickleValue(kind)) }

    private mutating func container(_ kind: PickleValue.Kind) {
        let value = PickleValue(kind)
        containers.append(value)
        stack.append(value)
    }

    private func top() throws(SparsifyError) -> PickleValue {
        guard let value = stack.last, stack.count > marks.last ?? 0 else {
            throw bytes.failure("The pickle takes more than it has.")
        }
        return value
    }

    private mutating func pop() throws(SparsifyError) -> PickleValue {
        let value = try top()
        stack.removeLast()
        return value
    }

    private mutating func popMark() throws(SparsifyError) -> [PickleValue] {
        guard let mark = marks.popLast() else { throw bytes.failure("The pickle ends a group that it did not begin.") }
        defer { stack.removeSubrange(mark...) }
        return Array(stack[mark...])
    }

    private mutating func pushTuple(_ count: Int) throws(SparsifyError) {
        var items: [PickleValue] = []
        for _ in 0..<count { items.append(try pop()) }
        container(.tuple(items.reversed()))
    }

    private mutating func recall(_ place: Int) throws(SparsifyError) {
        guard let value = memo[place] else { throw bytes.failure("The pickle recalls what it did not keep.") }
        stack.append(value)
    }

    /// A call, or the state that an object is given.
    private mutating func applied(isBuild: Bool) throws(SparsifyError) {
        let argument = try pop()
        // The state of a dictionary is what it has besides its items: the versions of modules.
        if isBuild {
            _ = try top()
            return
        }
        let function = try pop()
        let value = try host.call(function, argument)
        if case .dictionary = value.kind { containers.append(value) }
        stack.append(value)
    }

    private func extend(_ target: PickleValue, _ items: [PickleValue]) throws(SparsifyError) {
        switch target.kind {
        case .list(var list):
            target.kind = .none
            list += items
            target.kind = .list(list)
        case .set: break
        default: throw bytes.failure("The pickle appends to what is no list.")
        }
    }

    private func extend(_ target: PickleValue, pairs: [PickleValue]) throws(SparsifyError) {
        guard case .dictionary(var items) = target.kind, pairs.count % 2 == 0 else {
            throw bytes.failure("The pickle puts items into what is no dictionary.")
        }
        target.kind = .none
        for index in stride(from: 0, to: pairs.count, by: 2) { items.append((pairs[index], pairs[index + 1])) }
        target.kind = .dictionary(items)
    }

    // MARK: Constants

    private mutating func line() throws(SparsifyError) -> String {
        var text: [UInt8] = []
        while true {
            let byte: UInt8 = try bytes.integer("line")
            if byte == 0x0a { break }
            text.append(byte)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func number(_ text: String) throws(SparsifyError) -> Int {
        guard let number = Int(text) else { throw bytes.failure("'\(text.prefix(40))' is no number.") }
        return number
    }

    private mutating func pushDecimal() throws(SparsifyError) {
        let text = try line()
        // As protocol 0 spells truth.
        push(text == "01" ? .bool(true) : text == "00" ? .bool(false) : .integer(Int(text)))
    }

    private mutating func text(_ length: Int) throws(SparsifyError) -> String {
        guard let text = String(validating: try bytes.raw(length, "text"), as: UTF8.self) else {
            throw bytes.failure("A text in the pickle is not valid UTF-8.")
        }
        return text
    }

    private mutating func pushBytes(_ length: Int, isText: Bool) throws(SparsifyError) {
        let found = try bytes.raw(length, "bytes")
        push(isText ? .text(String(decoding: found, as: UTF8.self)) : .bytes)
    }

    private mutating func length64() throws(SparsifyError) -> Int {
        try Checked.int(try bytes.integer("length", as: UInt64.self), "length in the pickle")
    }

    /// A number of so many bytes, in two's complement.
    private mutating func pushLong(_ length: Int) throws(SparsifyError) {
        let found = try bytes.raw(length, "number")
        guard found.count <= 8 else { return push(.integer(nil)) }
        var bits: UInt64 = found.last.map { $0 >= 0x80 } ?? false ? .max : 0
        for byte in found.reversed() { bits = bits << 8 | UInt64(byte) }
        push(.integer(Int(truncatingIfNeeded: bits)))
    }
}
