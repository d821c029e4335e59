public import Inference
internal import KerasModels
internal import ModelIO
internal import SPMFormat
internal import SparseCoding
public import Tensors

/// A `.spm` file opened by an app: its network, which predicts, and its tensors, dense or sparse.
///
///     let model = try SparseModel(contentsOf: "model.spm")
///     let y = try model.predict(Tensor(shape: [2, 28, 28], values: pixels))
///     let kernel = try model.matrix("model_weights/dense/dense/kernel")   // CSR
///     let bias = try model.dense("model_weights/dense/dense/bias").floats
///
/// Needs zlib, libdeflate and OpenBLAS, and no HDF5. Tensors are decoded on several threads when asked for and not
/// kept; what `predict` needs is decoded at its first call and kept.
public struct SparseModel: PredictingModel {
    private let reader: SPMReader
    private let places: [String: Int]
    private let threads: Int
    private let prediction: LazyPredictor

    /// - Parameters:
    ///   - path: of the file.
    ///   - threads: that work at once; results do not depend on it.
    ///   - kernels: whether dense or sparse kernels run.
    ///   - maximumBytes: the most that the file's tensors may declare.
    /// - Throws: `io` where the file cannot be read, `malformed` where it is damaged, `limit` where it declares more
    ///   than `maximumBytes`.
    public init(
        contentsOf path: String, threads: Int = Parallel.defaultThreads, kernels: KernelPolicy = .standard,
        maximumBytes: Int? = nil
    ) throws {
        reader = try SPMReader(
            path: path, options: ReadOptions(maximumDeclaredBytes: maximumBytes, threads: threads))
        places = Dictionary(uniqueKeysWithValues: reader.tensors.enumerated().map { ($1.name, $0) })
        self.threads = threads
        prediction = LazyPredictor(reader, threads: threads, kernels: kernels)
    }

    /// The network, ready to run on batches of any size.
    ///
    /// - Throws: `unsupported` where the file carries no network, or one with a layer that is not understood.
    public func predictor() throws -> Predictor { try prediction.value() }

    public var path: String { reader.path }

    /// Names of the tensors, in the order of the file.
    public var names: [String] { reader.tensors.map(\.name) }

    /// What the writer said of the file: where it came from, how it was pruned.
    public var metadata: [String: String] { reader.metadata }

    /// The network as Keras describes it (JSON), where the source file had it.
    public var configuration: String? {
        reader.tree.entry(at: "")?.attribute("model_config")?.value.strings?.first
    }

    /// Shape, type and count of non-zeros of a tensor, from the index alone.
    ///
    /// - Throws: `usage` where there is no tensor of that name.
    public func description(of name: String) throws -> TensorDescription {
        let index = try place(name)
        let info = reader.tensors[index]
        return TensorDescription(
            name: name, shape: info.shape, elementType: info.elementType, nonzeros: reader.nonzeros(index))
    }

    /// The tensor with its zeros.
    ///
    /// - Throws: `usage` where there is no tensor of that name, `malformed` where the file is damaged.
    public func dense(_ name: String) throws -> DenseTensor {
        let index = try place(name)
        let info = reader.tensors[index]
        let width = info.elementType.byteWidth
        let storage = RawBuffer.zeroed(byteCount: info.byteCount)
        let reader = reader
        try Parallel.forEach(reader.chunkCount(index), threads: threads) { chunk in
            let range = reader.chunkElements(index, chunk)
            let bytes = storage.bytes[range.lowerBound * width..<range.upperBound * width]
            try reader.withNonzeros(index, chunk: chunk) {
                $0.scatter(into: UnsafeMutableRawBufferPointer(rebasing: bytes), byteWidth: width)
            }
        }
        return DenseTensor(shape: info.shape, elementType: info.elementType, storage: storage)
    }

    /// The tensor as a sparse matrix in CSR: its last axis are the columns, all others together the rows.
    ///
    /// - Throws: `usage` where there is no tensor of that name or it is not of float32, `malformed` where the file is
    ///   damaged.
    public func matrix(_ name: String) throws -> SparseMatrix {
        let index = try place(name)
        guard reader.tensors[index].elementType == .float32 else {
            throw SparsifyError(
                .usage,
                "A sparse matrix has float32 values; this tensor has \(reader.tensors[index].elementType.name).",
                file: reader.path, tensor: name, remedy: "Read it with dense(_:).")
        }
        return try SparseMatrix(reader, index, threads: threads)
    }

    private func place(_ name: String) throws -> Int {
        guard let index = places[name] else {
            throw SparsifyError(.usage, "The file has no tensor of this name.", file: reader.path, tensor: name)
        }
        return index
    }
}

/// What the index of a file says of a tensor.
public struct TensorDescription: Sendable, Hashable {
    public let name: String
    public let shape: Shape
    public let elementType: ElementType
    public let nonzeros: Int
}
