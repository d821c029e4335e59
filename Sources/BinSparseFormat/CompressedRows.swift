internal import ModelIO
internal import Tensors

/// The entries of a matrix by row, in temporary files: columns and values. A number is kept where any of its bits is set.
final class CompressedRows: Sendable {
    private let rows: Int
    private let columns: Int
    private let type: ElementType
    private let files: (indices: ScratchFile, values: ScratchFile)
    /// Four bytes for positions and columns where they do, else eight.
    private let indexType: ElementType
    nonisolated(unsafe) private var pointers: [Int] = [0]

    private static let tileElements = 1 << 16

    /// - Parameter capacity: the most entries there can be.
    init(rows: Int, columns: Int, type: ElementType, capacity: Int, beside path: String) throws {
        (self.rows, self.columns, self.type) = (rows, columns, type)
        files = (try ScratchFile(beside: path), try ScratchFile(beside: path))
        indexType = max(capacity, columns) <= Int(Int32.max) ? .int32 : .int64
    }

    private var count: Int { pointers.last ?? 0 }

    func fill(_ elementCount: Int, cancellation: CancellationFlag?, _ source: TileSource) throws {
        let width = type.byteWidth
        var (indices, values): (ByteWriter, [UInt8]) = (ByteWriter(), [])
        var found = 0
        for start in stride(from: 0, to: elementCount, by: Self.tileElements) {
            try cancellation?.check()
            let range = start..<min(start + Self.tileElements, elementCount)
            var tile = [UInt8](repeating: 0, count: range.count * width)
            try tile.withUnsafeMutableBytes { try source(range, $0) }
            indices = ByteWriter()
            values.removeAll(keepingCapacity: true)
            for (number, element) in range.enumerated() {
                if element % columns == 0, element > 0 { pointers.append(found) }
                let bytes = tile[number * width..<(number + 1) * width]
                guard bytes.contains(where: { $0 != 0 }) else { continue }
                append(element % columns, to: &indices)
                values += bytes
                found += 1
            }
            try indices.bytes.withUnsafeBytes { try files.indices.write($0) }
            try values.withUnsafeBytes { try files.values.write($0) }
        }
        if rows > 0 { pointers.append(found) }
    }

    private func append(_ index: Int, to writer: inout ByteWriter) {
        if indexType == .int32 { writer.integer(Int32(index)) } else { writer.integer(Int64(index)) }
    }

    /// What describes the arrays.
    func descriptor(_ origin: BinSparseDescriptor.Origin?) -> Attribute {
        let descriptor = BinSparseDescriptor(
            format: BinSparseLayout.compressedRows.rawValue, shape: [rows, columns], count: count,
            types: [
                "pointers_to_1": indexType.name, "indices_1": indexType.name,
                "values": BinSparseDescriptor.name(type) ?? type.name,
            ], origin: origin)
        return Attribute(name: BinSparseDescriptor.attribute, text: descriptor.text)
    }

    /// - Parameter path: of the group; empty: the root.
    func arrays(below path: String) throws -> [(info: TensorInfo, source: TileSource)] {
        func info(_ name: String, _ type: ElementType, _ count: Int) throws -> TensorInfo {
            TensorInfo(name: path.isEmpty ? name : "\(path)/\(name)", elementType: type, shape: try Shape([count]))
        }
        let (pointers, indexType) = (pointers, indexType)
        var writer = ByteWriter()
        for pointer in pointers { append(pointer, to: &writer) }
        let positions = writer.bytes
        return [
            (
                try info("pointers_to_1", indexType, pointers.count),
                { range, target in
                    let width = indexType.byteWidth
                    target.copyBytes(from: positions[range.lowerBound * width..<range.upperBound * width])
                }
            ),
            (try info("indices_1", indexType, count), try Self.source(files.indices, indexType.byteWidth)),
            (try info("values", type, count), try Self.source(files.values, type.byteWidth)),
        ]
    }

    private static func source(_ scratch: ScratchFile, _ width: Int) throws -> TileSource {
        let file = try InputFile(path: scratch.path)
        return { range, target in try file.read(at: range.lowerBound * width, into: target) }
    }
}

extension ElementType {
    var isInteger: Bool {
        switch self {
        case .int8, .int16, .int32, .int64, .uint8, .uint16, .uint32, .uint64: true
        default: false
        }
    }

    var isSigned: Bool { [.int8, .int16, .int32, .int64].contains(self) }
}
