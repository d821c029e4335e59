public import ModelIO
internal import Tensors

/// Keras 3's sharded weights: a `.weights.json` that says in which `.weights.h5` files the variables of each layer lie.
public struct ShardedWeightsFormat: ModelFormat {
    static let identifier = "keras-shards"
    static let suffix = ".weights.json"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "Keras 3's sharded weights: an index and its .weights.h5 files" }
    public var extensions: [String] { ["weights.json"] }

    public func recognizes(head: [UInt8], path: String) -> Bool {
        path.lowercased().hasSuffix(Self.suffix) && head.first { $0 > 0x20 } == UInt8(ascii: "{")
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try ShardedWeightsReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        try ShardedWeightsWriter(path: path, tree: tree, tensors: tensors, options: options)
    }
}
