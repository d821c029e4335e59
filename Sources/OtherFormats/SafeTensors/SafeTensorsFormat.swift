public import ModelIO
internal import Tensors

/// Hugging Face's safetensors: one file, or several that an index names, as `formats/safetensors.md` says.
public struct SafeTensorsFormat: ModelFormat {
    static let identifier = "safetensors"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "Hugging Face's tensors: one file, or shards with their index" }
    public var extensions: [String] { ["safetensors", "safetensors.index.json"] }

    /// By the brace that the header begins with, after a length that is no larger than allowed; damaged files by the
    /// ending of their names.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        if SafeTensorsPlan.isSharded(path) { return head.first { $0 > 0x20 } == UInt8(ascii: "{") }
        if path.lowercased().hasSuffix(".safetensors") { return true }
        return head.count > 8 && head[8] == UInt8(ascii: "{") && head[4..<8].allSatisfy { $0 == 0 }
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        let reader = try SafeTensorsReader(path: path, options: options)
        let compressed = SparseBitmaskReader.groups(reader)
        return compressed.isEmpty ? reader : try SparseBitmaskReader(reader, compressed, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        try SafeTensorsWriter(path: path, tree: tree, tensors: tensors, options: options)
    }

    public func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String] {
        let losses = FlatFileLosses(
            tree, attributeReason: "safetensors has texts about the whole file alone",
            keepsAttribute: SafeTensorsAttributes.isKept)
        return losses.sentences + [ConfigFile.obstacle(tree, path: path)].compactMap(\.self)
    }
}
