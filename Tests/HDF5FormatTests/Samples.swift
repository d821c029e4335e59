import ModelIO
import Tensors

@testable import HDF5Format

/// Trees and values to write and read again.
enum Samples {
    static let float = ValueType(storing: .float32)
    static let text = ValueType.variableString(padding: .nullTerminated, characterSet: .utf8)

    static func string(_ value: String) -> DataValue {
        DataValue(type: text, extent: .scalar, payload: .blocks([value.isEmpty ? nil : Array(value.utf8)]))
    }

    static func tensor(
        _ path: String, _ type: ValueType = float, layout: DatasetProperties.Layout = .contiguous,
        maximum: [Int]? = nil, fill: [UInt8]? = nil, attributes: [Attribute] = []
    ) -> FileTree.Entry {
        FileTree.Entry(
            path: path,
            kind: .tensor(
                DatasetProperties(type: type, layout: layout, maximumDimensions: maximum, fillValue: fill)),
            attributes: attributes)
    }

    static func group(_ path: String, attributes: [Attribute] = [], ordered: Bool = false) -> FileTree.Entry {
        FileTree.Entry(
            path: path, kind: .group(.init(tracksLinkOrder: ordered)), attributes: attributes,
            tracksAttributeOrder: ordered)
    }

    static func info(_ name: String, _ element: ElementType, _ dimensions: [Int]) throws -> TensorInfo {
        TensorInfo(name: name, elementType: element, shape: try Shape(dimensions))
    }

    static func info(_ name: String, _ dimensions: [Int]) throws -> TensorInfo {
        try info(name, .float32, dimensions)
    }

    /// Bytes that look random and repeat.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed &* 0x9e37_79b9_7f4a_7c15 | 1
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
    }

    /// Writes a file of `entries` below a root, with these bytes as the tensors' values.
    static func write(
        _ path: String, root: FileTree.Entry = group(""), _ entries: [FileTree.Entry],
        _ tensors: [(TensorInfo, [UInt8])] = [], latest: Bool = false, overwrite: Bool = false
    ) throws {
        let writer = try HDF5Writer(
            path: path, tree: FileTree(entries: [root] + entries, usesLatestFileVersion: latest),
            tensors: tensors.map(\.0), options: WriteOptions(overwrite: overwrite))
        for (tensor, values) in tensors { try append(tensor, values, to: writer) }
        try writer.finish()
    }

    static func append(_ tensor: TensorInfo, _ values: [UInt8], to writer: HDF5Writer) throws {
        let width = tensor.elementType.byteWidth
        try writer.append(tensor, expectedNonzeros: nil) { range, buffer in
            buffer.copyBytes(from: values[range.lowerBound * width..<range.upperBound * width])
        }
    }

    static func read(_ reader: HDF5Reader, _ index: Int, _ range: Range<Int>? = nil) throws -> [UInt8] {
        let tensor = reader.tensors[index]
        let range = range ?? 0..<tensor.elementCount
        var result = [UInt8](repeating: 0xaa, count: range.count * tensor.elementType.byteWidth)
        try result.withUnsafeMutableBytes { try reader.read(index, range, into: $0) }
        return result
    }
}
