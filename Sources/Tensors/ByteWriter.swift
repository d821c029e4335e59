/// Appends little-endian numbers and variable-length integers to a byte array.
public struct ByteWriter: Sendable {
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public var count: Int { bytes.count }

    public mutating func integer(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) }
    }

    /// Unsigned LEB128: seven bits a byte, least significant first, the high bit set on all but the last byte.
    public mutating func varint(_ value: Int) {
        precondition(value >= 0, "variable-length integers are unsigned")
        var rest = UInt64(value)
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7f) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    public mutating func raw(_ source: some Sequence<UInt8>) {
        bytes.append(contentsOf: source)
    }

    /// A length as a variable-length integer, then that many bytes.
    public mutating func block(_ source: some Collection<UInt8>) {
        varint(source.count)
        bytes.append(contentsOf: source)
    }

    /// A block of UTF-8.
    public mutating func string(_ text: String) {
        block(Array(text.utf8))
    }
}
