internal import Inference
internal import KerasModels
internal import ModelIO
internal import Networks
internal import SPMFormat
internal import Synchronization
internal import Tensors

/// Makes the predictor of a file when it is first asked for.
final class LazyPredictor: Sendable {
    private let reader: SPMReader
    private let threads: Int
    private let kernels: KernelPolicy
    private let made = Mutex<Predictor?>(nil)

    init(_ reader: SPMReader, threads: Int, kernels: KernelPolicy) {
        self.reader = reader
        self.threads = threads
        self.kernels = kernels
    }

    func value() throws -> Predictor {
        try made.withLock { made in
            if let made { return made }
            let document = KerasDocument(tree: reader.tree, tensors: reader.tensors).model
            let predictor = try Predictor(document, reader, threads: threads, kernels: kernels)
            made = predictor
            return predictor
        }
    }
}
