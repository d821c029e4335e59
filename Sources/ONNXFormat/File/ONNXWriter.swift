public import ModelIO
internal import Tensors

/// An ONNX file in the making, with one beside it for tensors that are too large for a message. Every tensor has its
/// place from the beginning.
public final class ONNXWriter: ModelWriter {
    private let tensors: [TensorInfo]
    private let options: WriteOptions
    /// For each tensor, where its elements go.
    private let places: [ONNXLayout.Place]
    private let file: AtomicFile
    private let external: AtomicFile?
    private var written = 0

    private static let tileByteCount = 1 << 20

    /// - Throws: `io` where a file cannot be made or exists already, `unsupported` where the format has no place for a
    ///   tensor, `malformed` where the tensors are not those of the graph that the tree carries.
    public convenience init(
        path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()
    ) throws {
        try self.init(
            path: path, tree: tree, tensors: tensors, options: options,
            maximumMessageByteCount: ONNXLayout.maximumMessageByteCount)
    }

    convenience init(
        path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions, maximumMessageByteCount: Int
    ) throws {
        do {
            let plan = try ONNXPlan(tree: tree, tensors: tensors)
            try self.init(
                path: path, model: plan.model, places: plan.places, tensors: tensors, options: options,
                maximumMessageByteCount: maximumMessageByteCount)
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
    }

    /// - Parameter initializers: for each tensor, its place among the model's initialisers.
    init(
        path: String, model: ONNXModelProto, places initializers: [Int], tensors: [TensorInfo], options: WriteOptions,
        maximumMessageByteCount: Int = ONNXLayout.maximumMessageByteCount
    ) throws {
        self.tensors = tensors
        self.options = options
        do {
            let name = (path.split(separator: "/").last.map(String.init) ?? path) + ".data"
            let layout = try ONNXLayout(
                model, externalName: name, maximumByteCount: maximumMessageByteCount)
            places = initializers.map { layout.places[$0]! }
            file = try AtomicFile(path: path, overwrite: options.overwrite)
            external =
                layout.isExternal
                ? try AtomicFile(path: SiblingFile.path(name, beside: path), overwrite: options.overwrite) : nil
            for piece in layout.pieces {
                try piece.bytes.withUnsafeBytes { try file.write($0, at: piece.offset) }
            }
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        precondition(
            written < tensors.count && tensors[written].name == tensor.name && tensors[written].shape == tensor.shape
                && tensors[written].elementType == tensor.elementType,
            "tensors are appended in the order of the list")
        let place = places[written]
        guard let file = place.isExternal ? external : file else { preconditionFailure("the layout has one file") }
        let width = tensor.elementType.byteWidth
        let count = tensor.elementCount
        let step = Self.tileByteCount / width
        let cancellation = options.cancellation
        try Parallel.forEach(count == 0 ? 0 : (count - 1) / step + 1, threads: options.threads) { index in
            try cancellation?.check()
            let range = index * step..<min((index + 1) * step, count)
            let buffer = RawBuffer(byteCount: range.count * width)
            let tile = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
            try source(range, tile)
            try file.write(UnsafeRawBufferPointer(tile), at: place.offset + range.lowerBound * width)
        }
        written += 1
    }

    /// The model comes last, so that it names only what is there.
    public func finish() throws {
        precondition(written == tensors.count, "every tensor of the list is appended before the end")
        try options.cancellation?.check()
        try external?.commit()
        try file.commit()
    }
}
