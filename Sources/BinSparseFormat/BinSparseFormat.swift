internal import HDF5Format
public import ModelIO
internal import Tensors

/// Binsparse in HDF5, which libraries for sparse matrices share: a group for each matrix, with a description in JSON, as
/// `formats/binsparse.md` says.
public struct BinSparseFormat: ModelFormat {
    static let identifier = "binsparse"
    static let ending = "bsp.h5"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "Binsparse in HDF5: matrices as CSR, for other sparse tools" }
    public var extensions: [String] { [Self.ending] }

    /// HDF5 with such a name, or whose head has such a description.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        guard HDF5Format().recognizes(head: head, path: path) else { return false }
        return path.lowercased().hasSuffix("." + Self.ending)
            || head.firstRange(of: Array("\"\(BinSparseDescriptor.attribute)\"".utf8)) != nil
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try BinSparseReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        try BinSparseWriter(path: path, tree: tree, tensors: tensors, options: options)
    }

    public func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String] {
        let dense = tensors.filter { BinSparseWriter.matrix($0) == nil }.count
        return dense == 0
            ? [] : ["\(dense) tensors are no matrices of numbers that binsparse has, and are stored dense"]
    }
}
