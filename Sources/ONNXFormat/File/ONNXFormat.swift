public import ModelIO
internal import Tensors

/// ONNX models: graphs with their initialisers, as `formats/onnx.md` says.
public struct ONNXFormat: ModelFormat {
    static let identifier = "onnx"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "ONNX models, as PyTorch and others export them" }
    public var extensions: [String] { ["onnx"] }
    public var hasSparseTensors: Bool { true }

    /// By the version that the message begins with and a field that follows it; damaged files by the ending of their
    /// names.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        if path.lowercased().hasSuffix(".onnx") { return true }
        guard head.count > 4, head[0] == 0x08, (1...0x40).contains(head[1]) else { return false }
        // producer_name, domain, graph, opset_import.
        return [0x12, 0x22, 0x3a, 0x42].contains(head[2])
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try ONNXReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        options.storesSparse
            ? try SparseInitializerWriter(path: path, tree: tree, tensors: tensors, options: options)
            : try ONNXWriter(path: path, tree: tree, tensors: tensors, options: options)
    }

    public func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String] {
        let losses = FlatFileLosses(
            tree, attributeReason: "an ONNX file is written with its graph alone",
            keepsAttribute: { attribute, _ in
                attribute == .bfloat16Mark || attribute.name == FileTree.carriedTypeAttribute
            }, keepsData: { $0 == GraphEntry.path })
        let hasGraph = tree.entry(at: GraphEntry.path) != nil
        return losses.sentences
            + (hasGraph ? [] : ["there is no ONNX graph: the file holds tensors, and no network that could run"])
    }
}
