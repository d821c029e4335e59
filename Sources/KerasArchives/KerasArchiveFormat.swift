internal import KerasModels
public import ModelIO
internal import OtherFormats
internal import Tensors

/// Keras 3's `.keras`: a zip of the configuration and a weights file in HDF5, as `formats/keras.md` says.
public struct KerasArchiveFormat: ModelFormat {
    static let identifier = "keras"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "Keras 3's archive: configuration, weights in HDF5, assets" }
    public var extensions: [String] { ["keras"] }

    /// A zip archive that is called so, or that begins with a member of that name.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        guard head.starts(with: [0x50, 0x4b, 3, 4]) else { return false }
        return path.lowercased().hasSuffix(".keras")
            || ArchiveMembers.known.contains { head.dropFirst(30).starts(with: Array($0.utf8)) }
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try KerasArchiveReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        try KerasArchiveWriter(path: path, tree: tree, tensors: tensors, options: options)
    }
}
