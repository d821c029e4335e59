internal import Tensors

/// Reads the Python dictionary that a header is written as. Only what NumPy writes is understood: three keys, a string,
/// `True` or `False`, a tuple of integers. Nothing is evaluated.
struct HeaderTextParser {
    struct Fields {
        let descriptor: String
        let isFortranOrder: Bool
        let extents: [Int]
    }

    private let text: [UInt8]
    private let base: Int
    private let allowsLongIntegers: Bool
    private var position = 0

    init(_ text: [UInt8], fileOffset: Int, allowsLongIntegers: Bool) {
        self.text = text
        base = fileOffset
        self.allowsLongIntegers = allowsLongIntegers
    }

    mutating func parse() throws(SparsifyError) -> Fields {
        var descriptor: String?
        var isFortranOrder: Bool?
        var extents: [Int]?
        try expect("{")
        while !take("}") {
            skipSpace()
            let keyPosition = position
            let key = try string()
            try expect(":")
            let isRepeated: Bool
            switch key {
            case "descr":
                isRepeated = descriptor != nil
                descriptor = try elementDescriptor()
            case "fortran_order":
                isRepeated = isFortranOrder != nil
                isFortranOrder = try boolean()
            case "shape":
                isRepeated = extents != nil
                extents = try tuple()
            default:
                throw failure("The header has the key '\(key)', which NumPy does not write.", at: keyPosition)
            }
            guard !isRepeated else { throw failure("The header has the key '\(key)' twice.", at: keyPosition) }
            if take(",") { continue }
            try expect("}")
            break
        }
        skipSpace()
        guard position == text.count else { throw failure("Something follows the dictionary of the header.") }
        guard let descriptor, let isFortranOrder, let extents else {
            throw failure("The header lacks one of 'descr', 'fortran_order' and 'shape'.", at: 0)
        }
        return Fields(descriptor: descriptor, isFortranOrder: isFortranOrder, extents: extents)
    }

    private mutating func elementDescriptor() throws(SparsifyError) -> String {
        if take("[") || take("(") {
            throw SparsifyError(
                .unsupported, "The elements are records with fields; structured arrays are not read.",
                offset: base + position - 1, remedy: "Save each field as an array of its own.")
        }
        return try string()
    }

    private mutating func string() throws(SparsifyError) -> String {
        guard let quote: UInt8 = take("'") ? UInt8(ascii: "'") : take("\"") ? UInt8(ascii: "\"") : nil else {
            throw failure("The header needs a string here.")
        }
        guard let end = text[position...].firstIndex(of: quote) else {
            throw failure("A string of the header has no end.")
        }
        guard text[position..<end].allSatisfy({ (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\\") }) else {
            throw failure("A string of the header has characters that NumPy does not write there.")
        }
        defer { position = end + 1 }
        return String(decoding: text[position..<end], as: UTF8.self)
    }

    private mutating func boolean() throws(SparsifyError) -> Bool {
        skipSpace()
        for (word, value) in [("True", true), ("False", false)] where text[position...].starts(with: word.utf8) {
            position += word.utf8.count
            return value
        }
        throw failure("'fortran_order' is neither True nor False.")
    }

    private mutating func tuple() throws(SparsifyError) -> [Int] {
        try expect("(")
        var items: [Int] = []
        while !take(")") {
            items.append(try integer())
            if take(",") { continue }
            // (3) is an integer in brackets, (3,) a tuple.
            guard items.count > 1 else { throw failure("'shape' is not a tuple of integers.") }
            try expect(")")
            break
        }
        return items
    }

    private mutating func integer() throws(SparsifyError) -> Int {
        skipSpace()
        let start = position
        _ = take("-")
        let digits = text[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        position += digits.count
        guard !digits.isEmpty, digits.count == 1 || digits.first != UInt8(ascii: "0") else {
            throw failure("'shape' is not a tuple of integers.", at: start)
        }
        guard let value = Int(String(decoding: text[start..<position], as: UTF8.self)) else {
            throw failure("An extent of 'shape' is larger than this machine can count.", at: start)
        }
        if allowsLongIntegers { _ = take("L") }
        return value
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(SparsifyError) {
        guard take(character) else { throw failure("The header needs '\(character)' here.") }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < text.count, text[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < text.count, [0x20, 0x09, 0x0a, 0x0d].contains(text[position]) { position += 1 }
    }

    private func failure(_ message: String, at place: Int? = nil) -> SparsifyError {
        SparsifyError(.malformed, message, offset: base + (place ?? position))
    }
}
