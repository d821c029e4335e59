public import ModelIO
internal import Tensors

/// The `.spm` sparse model format, version 1, as `formats/spm.md` specifies it.
public struct SPMFormat: ModelFormat {
    public init() {}

    public var id: String { "spm" }
    public var summary: String { "Sparsify's sparse model: CSR and bitmask chunks, byte planes, zlib, checksums" }
    public var extensions: [String] { ["spm"] }

    public func recognizes(head: [UInt8], path: String) -> Bool {
        head.starts(with: Preamble.magic)
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try SPMReader(path: path, options: options)
    }

    public func makeWriter(
        path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions
    ) throws -> any ModelWriter {
        try SPMWriter(path: path, tree: tree, tensors: tensors, options: options)
    }
}

/// Limits of version 1; a file beyond them is not valid.
public enum SPMLimits {
    public static let maximumIndexBytes = 64 << 20
    public static let maximumTensors = 1 << 20
    /// Chunks of all tensors together.
    public static let maximumChunks = 1 << 20
    public static let maximumTreeEntries = 1 << 20
    public static let maximumRank = 8
    public static let maximumNameBytes = 4096
    /// Types nest in compounds and arrays no deeper.
    public static let maximumTypeDepth = 16
}
