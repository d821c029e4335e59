internal import ModelIO
internal import Tensors

/// A model of one tensor as an `.npy`.
final class NumPyModelWriter: ModelWriter {
    private let writer: NumPyWriter
    private let options: WriteOptions

    private static let tileElements = 1 << 17

    /// - Throws: `unsupported` where there is not exactly one tensor, or NumPy has no such; `io` where the file cannot be made.
    init(path: String, tensors: [TensorInfo], options: WriteOptions) throws(SparsifyError) {
        guard tensors.count == 1 else {
            throw SparsifyError(
                .unsupported, "A .npy holds one array, and the model has \(tensors.count) tensors.", file: path,
                remedy: "Use the ending .npz.")
        }
        let tensor = tensors[0]
        writer = try NumPyWriter(
            path: path, elementType: tensor.elementType, shape: tensor.shape, overwrite: options.overwrite)
        self.options = options
    }

    func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        let width = tensor.elementType.byteWidth
        let buffer = RawBuffer(byteCount: min(tensor.elementCount, Self.tileElements) * width)
        for start in stride(from: 0, to: tensor.elementCount, by: Self.tileElements) {
            try options.cancellation?.check()
            let range = start..<min(start + Self.tileElements, tensor.elementCount)
            let tile = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
            try source(range, tile)
            try writer.append(UnsafeRawBufferPointer(tile))
        }
    }

    func finish() throws { try writer.finish() }
}

/// A model as an `.npz`, stored as `numpy.savez` does. Sources are asked when it is finished: a zip archive is written in one go.
final class NPZModelWriter: ModelWriter {
    private let writer: NPZWriter
    private let names: [String: String]
    private let options: WriteOptions

    /// - Throws: `unsupported` where an archive has no place for a name; `io` where the file cannot be made.
    init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws {
        var names: [String: String] = [:]
        for entry in tree.entries {
            guard case .tensor = entry.kind else { continue }
            let name = try TensorName.decoded(entry) ?? entry.path
            do throws(SparsifyError) { try ZipEntry.check(name: name) } catch {
                throw SparsifyError(
                    .unsupported,
                    "An .npz has no place for a tensor named '\(printable(name))': names are paths there.",
                    file: path, tensor: entry.path)
            }
            names[entry.path] = name
        }
        self.names = names
        self.options = options
        writer = try NPZWriter(path: path, overwrite: options.overwrite)
    }

    func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        let cancellation = options.cancellation
        try writer.append(
            names[tensor.name] ?? tensor.name, elementType: tensor.elementType, shape: tensor.shape
        ) { range, tile in
            try cancellation?.check()
            try source(range, tile)
        }
    }

    func finish() throws { try writer.finish() }
}
