public import ModelIO
internal import Tensors

/// An HDF5 file in the making.
public final class HDF5Writer: ModelWriter {
    public init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()) throws {
        throw SparsifyError(.unsupported, "later")
    }
    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {}
    public func finish() throws {}
}
