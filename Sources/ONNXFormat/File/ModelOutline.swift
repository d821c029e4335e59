internal import ModelIO
internal import SwiftProtobuf
internal import Tensors

/// A model file without the raw bytes of its initialisers, and where those lie in the file.
///
/// The file is walked field by field, and the bytes of `raw_data` are left where they are: they may be gigabytes, and
/// all the rest is small.
struct ModelOutline {
    private(set) var model = ONNXModelProto()
    /// By initialiser: where its `raw_data` lie, if it has any.
    private(set) var initializers: [Range<Int>?] = []
    /// By sparse initialiser: the same of its values and its indices.
    private(set) var sparse: [(values: Range<Int>?, indices: Range<Int>?)] = []

    static let maximumByteCount = 256 << 20
    private static let maximumFields = 1 << 22

    private var cursor: WireCursor
    private var fields = 0
    private var byteCount = 0

    /// - Throws: `malformed` where the file is no such message, `limit` where it is too large without its tensors.
    init(_ file: InputFile) throws(SparsifyError) {
        cursor = WireCursor(file, at: 0)
        let bytes = try message(
            0..<file.size,
            [
                7: { (outline, range) throws(SparsifyError) in
                    try outline.graph(range)
                }
            ])
        do {
            model = try ONNXModelProto(serializedBytes: bytes, partial: true)
        } catch {
            throw SparsifyError(
                .malformed, "This is no ONNX model: its protobuf message cannot be decoded (\(error)).",
                remedy: "The file is truncated or damaged.")
        }
        guard model.hasGraph else {
            throw SparsifyError(.malformed, "This is no ONNX model: it has no graph.")
        }
        guard model.graph.initializer.count == initializers.count,
            model.graph.sparseInitializer.count == sparse.count
        else { throw SparsifyError(.malformed, "The file has more than one graph.") }
    }

    private typealias Part = (inout ModelOutline, Range<Int>) throws(SparsifyError) -> [UInt8]

    /// A message with the parts that are named by their field numbers made anew, and all others as they are.
    private mutating func message(_ range: Range<Int>, _ parts: [Int: Part]) throws(SparsifyError) -> [UInt8] {
        var result = ByteWriter()
        // Neighbours that stay as they are, copied together.
        var kept = range.lowerBound..<range.lowerBound
        cursor.move(to: range.lowerBound)
        while let field = try cursor.next(before: range.upperBound) {
            fields += 1
            guard fields <= Self.maximumFields else {
                throw SparsifyError(.limit, "The graph has more than \(Self.maximumFields) parts.")
            }
            guard field.kind == .block, let part = parts[field.number] else {
                kept = kept.lowerBound..<field.value.upperBound
                continue
            }
            try copy(kept, to: &result)
            let bytes = try part(&self, field.value)
            result.varint(field.number << 3 | Int(WireField.Kind.block.rawValue))
            result.block(bytes)
            kept = field.value.upperBound..<field.value.upperBound
            cursor.move(to: field.value.upperBound)
        }
        try copy(kept, to: &result)
        return result.bytes
    }

    private mutating func copy(_ range: Range<Int>, to writer: inout ByteWriter) throws(SparsifyError) {
        guard !range.isEmpty else { return }
        byteCount += range.count
        guard byteCount <= Self.maximumByteCount else {
            throw SparsifyError(
                .limit,
                "The graph without its tensors' raw data has more than the \(Self.maximumByteCount) bytes that are allowed.",
                remedy: "Save the model with its tensors in raw_data or as external data.")
        }
        writer.raw(try cursor.file.bytes(at: range.lowerBound, count: range.count))
    }

    private mutating func graph(_ range: Range<Int>) throws(SparsifyError) -> [UInt8] {
        try message(
            range,
            [
                5: { (outline, range) throws(SparsifyError) in
                    let (bytes, raw) = try outline.tensor(range)
                    outline.initializers.append(raw)
                    return bytes
                },
                15: { (outline, range) throws(SparsifyError) in
                    outline.sparse.append((nil, nil))
                    let place = outline.sparse.count - 1
                    return try outline.message(
                        range,
                        [
                            1: { (outline, range) throws(SparsifyError) in
                                let (bytes, raw) = try outline.tensor(range)
                                outline.sparse[place].values = raw
                                return bytes
                            },
                            2: { (outline, range) throws(SparsifyError) in
                                let (bytes, raw) = try outline.tensor(range)
                                outline.sparse[place].indices = raw
                                return bytes
                            },
                        ])
                },
            ])
    }

    /// A tensor without its `raw_data`.
    private mutating func tensor(_ range: Range<Int>) throws(SparsifyError) -> (bytes: [UInt8], raw: Range<Int>?) {
        var raw: Range<Int>?
        let bytes = try message(
            range,
            [
                9: { (_, range) throws(SparsifyError) in
                    guard raw == nil else {
                        throw SparsifyError(.malformed, "A tensor has raw_data twice.", offset: range.lowerBound)
                    }
                    raw = range
                    return []
                }
            ])
        return (bytes, raw)
    }
}
