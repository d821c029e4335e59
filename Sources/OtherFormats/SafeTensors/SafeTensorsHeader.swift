internal import ModelIO
internal import Tensors

/// What stands at the beginning of a safetensors file.
struct SafeTensorsHeader {
    struct Entry: Hashable {
        var name: String
        var type: SafeTensorsType
        var dimensions: [Int]
        /// The tensor's bytes, counted from the end of the header.
        var range: Range<Int>
    }

    /// Texts about the whole file, in its order; nil where it has no place for any.
    var metadata: [(key: String, value: String)]?
    /// In the order of the data, which they cover without gaps.
    var entries: [Entry]

    /// The most that the reference implementation reads.
    static let maximumByteCount = 100_000_000
    /// The number before the header takes so many bytes.
    static let lengthByteCount = 8

    var dataByteCount: Int { entries.last?.range.upperBound ?? 0 }

    /// Lays tensors out as the reference implementation does: by type, those of the greatest alignment first, then by
    /// name.
    ///
    /// - Throws: `malformed` where a size is more than this machine can count.
    init(
        metadata: [(key: String, value: String)]?, arranging tensors: [Entry]
    ) throws(SparsifyError) {
        self.metadata = metadata
        var offset = 0
        entries = []
        for tensor in tensors.sorted(by: {
            $0.type == $1.type ? $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) : $0.type > $1.type
        }) {
            var entry = tensor
            let end = try Checked.add(offset, entry.range.count, "size of all tensors")
            entry.range = offset..<end
            entries.append(entry)
            offset = end
        }
    }

    /// The header as the reference implementation writes it, filled up with spaces to a multiple of 8 bytes.
    var text: [UInt8] {
        var fields: [[UInt8]] = []
        if let metadata {
            let texts = metadata.map { $0.key.quotedJSON + [UInt8(ascii: ":")] + $0.value.quotedJSON }
            fields.append(Array(#""__metadata__":{"#.utf8) + Array(texts.joined(separator: ",".utf8)) + Array("}".utf8))
        }
        for entry in entries {
            let shape = entry.dimensions.map(String.init).joined(separator: ",")
            let rest =
                #":{"dtype":"\#(entry.type.rawValue)","shape":[\#(shape)],"#
                + #""data_offsets":[\#(entry.range.lowerBound),\#(entry.range.upperBound)]}"#
            fields.append(entry.name.quotedJSON + Array(rest.utf8))
        }
        let text = Array("{".utf8) + Array(fields.joined(separator: ",".utf8)) + Array("}".utf8)
        return text + [UInt8](repeating: 0x20, count: (8 - text.count % 8) % 8)
    }
}
