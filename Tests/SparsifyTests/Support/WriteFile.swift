import HDF5Format
import ModelIO
import Tensors

/// Writes a model whose tensors are at hand.
func writeFile(
    _ path: String, _ tree: FileTree, _ tensors: [(TensorInfo, [UInt8])],
    format: any ModelFormat = HDF5Format(), overwrite: Bool = false
) throws {
    let writer = try format.makeWriter(
        path: path, tree: tree, tensors: tensors.map(\.0), options: WriteOptions(overwrite: overwrite, threads: 2))
    for (tensor, bytes) in tensors {
        let width = tensor.elementType.byteWidth
        try writer.append(tensor, expectedNonzeros: nil) { range, target in
            target.copyBytes(from: bytes[range.lowerBound * width..<range.upperBound * width])
        }
    }
    try writer.finish()
}

/// A text without limit of length, as Keras stores its configuration.
func text(_ name: String, _ value: String) -> Attribute {
    Attribute(
        name: name,
        value: DataValue(
            type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .scalar,
            payload: .blocks([Array(value.utf8)])))
}

func texts(_ name: String, _ values: [String]) -> Attribute {
    Attribute(
        name: name,
        value: DataValue(
            type: .variableString(padding: .nullTerminated, characterSet: .utf8), extent: .simple([values.count]),
            payload: .blocks(values.map { Array($0.utf8) })))
}
