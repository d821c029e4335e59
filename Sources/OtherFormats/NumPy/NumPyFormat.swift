public import ModelIO
internal import Tensors

/// NumPy's files as models: an `.npz` of named arrays, or an `.npy` of one, as `formats/numpy.md` says.
public struct NumPyFormat: ModelFormat {
    static let identifier = "numpy"
    static let single = "npy"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "NumPy's arrays: an archive of them, or a single one" }
    public var extensions: [String] { ["npz", Self.single] }

    /// An archive by the ending of its name, since other formats are zip archives too, or by its first member.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        if head.starts(with: NumPyHeader.magic) { return true }
        guard head.starts(with: [0x50, 0x4b]) else { return false }
        return path.lowercased().hasSuffix(".npz") || Self.firstMember(head)?.hasSuffix(NPZArchive.suffix) ?? false
    }

    /// The name in the first local header of a zip archive.
    private static func firstMember(_ head: [UInt8]) -> String? {
        guard head.starts(with: [0x50, 0x4b, 3, 4]), head.count > 30 else { return nil }
        let length = Int(head[26]) | Int(head[27]) << 8
        return head.count >= 30 + length ? String(decoding: head[30..<30 + length], as: UTF8.self) : nil
    }

    static func isSingle(_ path: String) -> Bool { path.lowercased().hasSuffix("." + single) }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try NumPyModelReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        Self.isSingle(path)
            ? try NumPyModelWriter(path: path, tensors: tensors, options: options)
            : try NPZModelWriter(path: path, tree: tree, tensors: tensors, options: options)
    }

    public func losses(path: String, tree: FileTree, tensors: [TensorInfo]) -> [String] {
        let losses = FlatFileLosses(tree, attributeReason: "NumPy's files have names and arrays alone") {
            attribute, _ in
            attribute == .bfloat16Mark || attribute.name == TensorName.attribute
        }
        let name = Self.isSingle(path) ? tensors.first?.name : nil
        return losses.sentences + (name.map { ["the name '\($0)' is not kept: a .npy has none"] } ?? [])
    }
}
