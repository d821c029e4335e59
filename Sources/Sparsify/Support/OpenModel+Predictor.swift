internal import Inference
internal import SparseModels

extension OpenModel {
    /// The model's network with its weights, ready to run.
    ///
    /// - Throws: `unsupported` where there is none.
    func predictor(_ options: JobOptions) throws -> Predictor {
        try Predictor(analysis.document, reader, threads: options.threads)
    }
}
