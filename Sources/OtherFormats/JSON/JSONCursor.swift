public import Tensors

/// Takes JSON text apart in its own order: what it must say is asked for, and a key that comes twice is an error.
public struct JSONCursor {
    static let maximumDepth = 64

    private let bytes: [UInt8]
    private var position = 0
    /// Where the text begins in its file.
    private let base: Int

    /// - Throws: `malformed` where the text is not UTF-8.
    public init(_ bytes: [UInt8], fileOffset: Int = 0) throws(SparsifyError) {
        self.bytes = bytes
        base = fileOffset
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw SparsifyError(.malformed, "The JSON text is not valid UTF-8.", offset: fileOffset)
        }
    }

    /// An error about the place that was come to.
    public func failure(_ message: String) -> SparsifyError {
        SparsifyError(.malformed, message, offset: base + min(position, bytes.count))
    }

    /// The next byte that is not white space; nil at the end.
    private mutating func peek() -> UInt8? {
        while position < bytes.count, [0x20, 0x0a, 0x0d, 0x09].contains(bytes[position]) { position += 1 }
        return position < bytes.count ? bytes[position] : nil
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ character: Unicode.Scalar, _ what: String) throws(SparsifyError) {
        guard take(character) else { throw failure("The JSON text lacks a '\(character)' in \(what).") }
    }

    /// - Throws: `malformed` where anything but white space is left.
    public mutating func finish() throws(SparsifyError) {
        guard peek() == nil else { throw failure("Something follows the end of the JSON text.") }
    }

    // MARK: Values

    /// More than any model has tensors: each takes some hundred bytes in the end.
    public static let maximumKeys = 1 << 18

    /// Calls `field` for each key; it must take the value.
    public mutating func object(
        _ what: String, _ field: (inout JSONCursor, String) throws(SparsifyError) -> Void
    ) throws(SparsifyError) {
        try expect("{", what)
        // By bytes: keys that Unicode holds for the same are two.
        var keys: Set<[UInt8]> = []
        if take("}") { return }
        repeat {
            let key = try string("key of \(what)")
            guard keys.insert(Array(key.utf8)).inserted else {
                throw failure("The key '\(key)' is there twice in \(what).")
            }
            guard keys.count <= Self.maximumKeys else {
                throw SparsifyError(
                    .limit, "There are more than \(Self.maximumKeys) keys in \(what).", offset: failure("").offset)
            }
            try expect(":", what)
            try field(&self, key)
        } while take(",")
        try expect("}", what)
    }

    /// Calls `element` for each element; it must take it.
    public mutating func array(
        _ what: String, _ element: (inout JSONCursor) throws(SparsifyError) -> Void
    ) throws(SparsifyError) {
        try expect("[", what)
        if take("]") { return }
        repeat { try element(&self) } while take(",")
        try expect("]", what)
    }

    /// Whether the next value is a list.
    public mutating func isAtArray() -> Bool { peek() == UInt8(ascii: "[") }

    /// A number from 0 on, without fraction or exponent.
    public mutating func integer(_ what: String) throws(SparsifyError) -> Int {
        guard let first = peek(), (0x30...0x39).contains(first) else {
            throw failure("The \(what) is not a number from 0 on.")
        }
        var value = 0
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) {
            value = try Checked.add(try Checked.multiply(value, 10, what), Int(bytes[position] - 0x30), what)
            position += 1
        }
        guard position == start + 1 || first != 0x30 else { throw failure("The \(what) begins with a zero.") }
        if position < bytes.count, [0x2e, 0x65, 0x45].contains(bytes[position]) {
            throw failure("The \(what) is not a whole number.")
        }
        return value
    }

    /// - Throws: `malformed` where no text comes next, or a broken one.
    public mutating func string(_ what: String) throws(SparsifyError) -> String {
        guard take("\"") else { throw failure("The \(what) is not a text.") }
        var result: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &result, what)
            case ..<0x20: throw failure("The \(what) has a control character.")
            default: result.append(byte)
            }
        }
        throw failure("The \(what) does not end.")
    }

    private mutating func escape(into result: inout [UInt8], _ what: String) throws(SparsifyError) {
        guard position < bytes.count else { throw failure("The \(what) does not end.") }
        let byte = bytes[position]
        position += 1
        if let plain = Self.escapes[byte] { return result.append(plain) }
        guard byte == UInt8(ascii: "u") else { throw failure("The \(what) has an unknown escape.") }
        var value = try unit(what)
        if (0xd800...0xdbff).contains(value), bytes[position...].starts(with: Array("\\u".utf8)) {
            position += 2
            let low = try unit(what)
            guard (0xdc00...0xdfff).contains(low) else { throw failure("The \(what) has half a character.") }
            value = 0x10000 + (value - 0xd800) << 10 + (low - 0xdc00)
        }
        guard let scalar = Unicode.Scalar(value) else { throw failure("The \(what) has half a character.") }
        result.append(contentsOf: String(Character(scalar)).utf8)
    }

    private static let escapes: [UInt8: UInt8] = [
        0x22: 0x22, 0x5c: 0x5c, 0x2f: 0x2f, 0x62: 0x08, 0x66: 0x0c, 0x6e: 0x0a, 0x72: 0x0d, 0x74: 0x09,
    ]

    private mutating func unit(_ what: String) throws(SparsifyError) -> UInt32 {
        guard bytes.count - position >= 4,
            bytes[position..<position + 4].allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }),
            let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
        else { throw failure("The \(what) has an escape without its four digits.") }
        position += 4
        return value
    }

    /// Takes a value of any kind.
    ///
    /// - Throws: `malformed` where it nests too deep.
    public mutating func skip() throws(SparsifyError) { try skip(depth: 0) }

    private mutating func skip(depth: Int) throws(SparsifyError) {
        guard depth < Self.maximumDepth else {
            throw failure("The JSON text nests deeper than \(Self.maximumDepth) levels.")
        }
        switch peek() {
        case UInt8(ascii: "{"):
            try object("an object") { (cursor, _) throws(SparsifyError) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array("a list") { (cursor) throws(SparsifyError) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string("text")
        default: try skipWord()
        }
    }

    private mutating func skipWord() throws(SparsifyError) {
        let word = bytes[position...].prefix { $0 > 0x20 && ![0x2c, 0x5d, 0x7d].contains($0) }
        position += word.count
        let text = String(decoding: word, as: UTF8.self)
        guard ["true", "false", "null"].contains(text) || Self.isNumber(word) else {
            throw failure("The JSON text has the value '\(text.prefix(20))', which is none.")
        }
    }

    private static func isNumber(_ word: ArraySlice<UInt8>) -> Bool {
        var rest = word
        func digits() -> Int {
            let run = rest.prefix { (0x30...0x39).contains($0) }.count
            rest = rest.dropFirst(run)
            return run
        }
        if rest.first == UInt8(ascii: "-") { rest.removeFirst() }
        let beginsWithZero = rest.first == UInt8(ascii: "0")
        let count = digits()
        guard count == 1 || count > 1 && !beginsWithZero else { return false }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard digits() > 0 else { return false }
        }
        if let mark = rest.first, mark | 0x20 == UInt8(ascii: "e") {
            rest.removeFirst()
            if let sign = rest.first, [UInt8(ascii: "+"), UInt8(ascii: "-")].contains(sign) { rest.removeFirst() }
            guard digits() > 0 else { return false }
        }
        return rest.isEmpty
    }
}
