/// A checked cursor over bytes that nobody vouches for: whatever would read past the end, or decode to something
/// the format does not allow, throws `malformed` with the offset where it happened.
public struct ByteReader: Sendable {
    private let bytes: [UInt8]
    private let end: Int
    public private(set) var position: Int
    /// Added to positions in error messages: where these bytes start in their file.
    private let base: Int

    public init(_ bytes: [UInt8], fileOffset: Int = 0) {
        self.bytes = bytes
        self.end = bytes.count
        self.position = 0
        self.base = fileOffset
    }

    public var remaining: Int { end - position }
    public var isAtEnd: Bool { position == end }

    public func failure(_ message: String) -> SparsifyError {
        SparsifyError(.malformed, message, offset: base + position)
    }

    private func require(_ count: Int, _ what: String) throws(SparsifyError) {
        guard count >= 0, count <= remaining else {
            throw failure("The \(what) needs \(count) bytes, but \(remaining) are left.")
        }
    }

    public mutating func integer<T: FixedWidthInteger>(_ what: String, as: T.Type = T.self) throws(SparsifyError) -> T {
        try require(MemoryLayout<T>.size, what)
        let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: T.self) }
        position += MemoryLayout<T>.size
        return T(littleEndian: value)
    }

    /// Unsigned LEB128 in its shortest form, at most `Int.max`.
    public mutating func varint(_ what: String) throws(SparsifyError) -> Int {
        var value: UInt64 = 0
        var shift = 0
        while true {
            let byte: UInt8 = try integer(what)
            guard shift < 63, shift == 0 || byte != 0 else {
                throw failure("The \(what) is not a variable-length integer in its shortest form.")
            }
            value |= UInt64(byte & 0x7f) << UInt64(shift)
            if byte & 0x80 == 0 { return Int(value) }
            shift += 7
        }
    }

    /// A variable-length integer that counts things of at least `minimumBytes` each, so that a count which the
    /// remaining bytes cannot hold is refused before anything is allocated for it.
    public mutating func count(_ what: String, minimumBytes: Int = 1, limit: Int = .max) throws(SparsifyError) -> Int {
        let value = try varint(what)
        guard value <= limit else { throw failure("The \(what) is \(value), more than the limit of \(limit).") }
        guard minimumBytes == 0 || value <= remaining / minimumBytes else {
            throw failure("The \(what) is \(value), more than the \(remaining) bytes that are left can hold.")
        }
        return value
    }

    public mutating func raw(_ count: Int, _ what: String) throws(SparsifyError) -> [UInt8] {
        try require(count, what)
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A length, then that many bytes.
    public mutating func block(_ what: String, limit: Int = .max) throws(SparsifyError) -> [UInt8] {
        try raw(try count("length of the \(what)", limit: limit), what)
    }

    /// A block that is valid UTF-8.
    public mutating func string(_ what: String, limit: Int = .max) throws(SparsifyError) -> String {
        let block = try block(what, limit: limit)
        guard let text = String(validating: block, as: UTF8.self) else {
            throw failure("The \(what) is not valid UTF-8.")
        }
        return text
    }
}
