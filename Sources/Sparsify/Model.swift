public import Inference
internal import ModelIO
public import SparseModels
internal import Tensors

/// A model file of any format in the catalog, opened to be run.
///
///     let model = try Model(contentsOf: "model.h5")
///     let y = try model.predict(Tensor(shape: [1, 224, 224, 3], values: pixels))
public struct Model: PredictingModel {
    public let path: String
    private let made: Predictor

    /// - Parameter kernels: whether dense or sparse kernels run.
    /// - Throws: what opening the file throws; `unsupported` where it carries no network.
    public init(
        contentsOf path: String, kernels: KernelPolicy = .standard, options: JobOptions = JobOptions()
    ) throws {
        self.path = path
        let opened = try OpenModel(path, options: options).masked()
        made = try located(path) {
            try Predictor(opened.analysis.document, opened.reader, threads: options.threads, kernels: kernels)
        }
    }

    public func predictor() -> Predictor { made }
}
