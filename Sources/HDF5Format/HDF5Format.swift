public import ModelIO
internal import Tensors

/// HDF5 files: Keras' `.h5` and `.weights.h5`, and any other that keeps numbers in datasets.
public struct HDF5Format: ModelFormat {
    public init() {}

    public var id: String { "hdf5" }
    public var summary: String { "HDF5: Keras .h5 and .weights.h5, and other hierarchical files" }
    public var extensions: [String] { ["h5", "hdf5", "he5"] }

    static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

    /// Whether HDF5's signature stands at the start, or after a user block of 512, 1,024, 2,048, … bytes.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        if head.starts(with: Self.signature) { return true }
        var offset = 512
        while offset + Self.signature.count <= head.count {
            if head[offset...].starts(with: Self.signature) { return true }
            offset *= 2
        }
        return signatureFollows(from: offset, path: path)
    }

    /// Looks past the bytes at hand, at each offset where a user block may end.
    private func signatureFollows(from start: Int, path: String) -> Bool {
        guard let file = try? InputFile(path: path) else { return false }
        var offset = start
        while offset <= file.size - Self.signature.count {
            guard let bytes = try? file.bytes(at: offset, count: Self.signature.count) else { return false }
            if bytes == Self.signature { return true }
            let (next, overflow) = offset.multipliedReportingOverflow(by: 2)
            if overflow { return false }
            offset = next
        }
        return false
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try options.probe?(path)
        return try HDF5Reader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        try HDF5Writer(path: path, tree: tree, tensors: tensors, options: options)
    }
}
