internal import ModelIO
internal import Tensors

/// One field of a protobuf message in a file.
struct WireField {
    enum Kind: UInt64 {
        case varint = 0
        case fixed64 = 1
        /// A length, then as many bytes: texts, messages, packed numbers.
        case block = 2
        case fixed32 = 5
    }

    var number: Int
    var kind: Kind
    /// Where its tag begins.
    var start: Int
    /// Where its value lies; of a block, without the length.
    var value: Range<Int>
}

/// Steps through the fields of protobuf messages in a file, without a look into what is not asked for.
struct WireCursor {
    let file: InputFile
    private(set) var position: Int
    private var window: [UInt8] = []
    private var windowStart = 0
    private static let windowLength = 1 << 16

    init(_ file: InputFile, at position: Int) {
        self.file = file
        self.position = position
    }

    /// The field that begins here, of a message that ends at `end`; the cursor goes behind it. Nil at the end.
    ///
    /// - Throws: `malformed` where there is no such field.
    mutating func next(before end: Int) throws(SparsifyError) -> WireField? {
        guard position < end else { return nil }
        let start = position
        let tag = try varint(before: end)
        guard let kind = WireField.Kind(rawValue: tag & 7), tag >> 3 > 0, tag >> 3 < 1 << 29 else {
            throw failure("There is no protobuf field with the tag \(tag).", at: start)
        }
        let length: UInt64 =
            switch kind {
            case .varint: 0
            case .fixed64: 8
            case .fixed32: 4
            case .block: try varint(before: end)
            }
        let from = position
        if kind == .varint { _ = try varint(before: end) }
        guard length <= UInt64(end - position) else {
            throw failure("A field declares \(length) bytes, but \(end - position) are left in its message.", at: start)
        }
        position += Int(length)
        return WireField(number: Int(tag >> 3), kind: kind, start: start, value: from..<position)
    }

    mutating func move(to position: Int) { self.position = position }

    /// The number of a varint field.
    mutating func number(_ field: WireField) throws(SparsifyError) -> UInt64 {
        let saved = position
        position = field.value.lowerBound
        defer { position = saved }
        return try varint(before: field.value.upperBound)
    }

    private mutating func varint(before end: Int) throws(SparsifyError) -> UInt64 {
        let start = position
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard position < end else { break }
            let byte = try byte()
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7f) << shift
            if byte & 0x80 == 0 { return value }
        }
        throw failure("There is no variable-length number here that ends within its message.", at: start)
    }

    private mutating func byte() throws(SparsifyError) -> UInt8 {
        if !(windowStart..<windowStart + window.count).contains(position) {
            windowStart = position
            window = try file.bytes(at: position, count: min(Self.windowLength, file.size - position))
        }
        defer { position += 1 }
        return window[position - windowStart]
    }

    private func failure(_ message: String, at offset: Int) -> SparsifyError {
        SparsifyError(
            .malformed, message, offset: offset, remedy: "The file is truncated or damaged, or is no ONNX model.")
    }
}
