public import ModelIO
internal import Tensors

/// PyTorch's checkpoints, the zip archives of `torch.save` since PyTorch 1.6: tensors and containers, read without running
/// anything, as `formats/pytorch.md` says.
public struct PyTorchFormat: ModelFormat {
    static let identifier = "pytorch"

    public init() {}

    public var id: String { Self.identifier }
    public var summary: String { "PyTorch's checkpoints: tensors in plain containers; read only" }
    public var extensions: [String] { ["pt", "pth"] }
    public var isWritten: Bool { false }

    /// A zip archive with such a name, or whose first member is a pickle; what older versions wrote, by its number.
    public func recognizes(head: [UInt8], path: String) -> Bool {
        if PyTorchReader.isLegacy(head) { return true }
        guard head.starts(with: [0x50, 0x4b, 3, 4]) else { return false }
        let name = path.lowercased()
        return name.hasSuffix(".pt") || name.hasSuffix(".pth")
            || head.dropFirst(30).prefix(256).firstRange(of: Array("/data.pkl".utf8)) != nil
    }

    public func makeReader(path: String, options: ReadOptions) throws -> any ModelReader {
        try PyTorchReader(path: path, options: options)
    }

    public func makeWriter(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws
        -> any ModelWriter
    {
        throw SparsifyError(
            .unsupported, "PyTorch's checkpoints are read, not written.", file: path,
            remedy: "Write .safetensors, which PyTorch's users load with `safetensors.torch.load_file`.")
    }
}
