public import ModelIO
internal import Tensors

/// A safetensors file, or the shards of one, in the making. Every tensor has its place from the beginning.
public final class SafeTensorsWriter: ModelWriter {
    private let path: String
    private let tensors: [TensorInfo]
    private let options: WriteOptions
    private let plan: SafeTensorsPlan
    private let files: [AtomicFile]
    private let config: AtomicFile?
    private let index: AtomicFile?
    private var written = 0

    private static let tileByteCount = 1 << 20

    /// - Throws: `io` where a file cannot be made or exists already, `unsupported` where the format has no place for a
    ///   tensor.
    public init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()) throws {
        self.path = path
        self.tensors = tensors
        self.options = options
        do {
            let plan = try SafeTensorsPlan(path: path, tree: tree, tensors: tensors)
            let isSharded = plan.index != nil
            index = isSharded ? try AtomicFile(path: path, overwrite: options.overwrite) : nil
            files = try plan.files.map {
                try AtomicFile(
                    path: isSharded ? SiblingFile.path($0.name, beside: path) : path, overwrite: options.overwrite)
            }
            config = try ConfigFile.make(tree, path: path)
            for (file, part) in zip(files, plan.files) {
                var head = ByteWriter()
                head.integer(UInt64(part.text.count))
                head.raw(part.text)
                try file.write(head.bytes)
            }
            self.plan = plan
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        precondition(
            written < tensors.count && tensors[written].name == tensor.name && tensors[written].shape == tensor.shape
                && tensors[written].elementType == tensor.elementType,
            "tensors are appended in the order of the list")
        let width = tensor.elementType.byteWidth
        let count = tensor.elementCount
        let step = Self.tileByteCount / width
        let place = plan.places[written]
        let file = files[place.file]
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

    /// The index comes last, so that it names only what is there.
    public func finish() throws {
        precondition(written == tensors.count, "every tensor of the list is appended before the end")
        try options.cancellation?.check()
        for file in files { try file.commit() }
        try config?.commit()
        if let index, let text = plan.index {
            try index.write(text)
            try index.commit()
        }
    }
}
