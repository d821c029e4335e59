internal import CSparsify
internal import Inference
internal import SparseModels
internal import Tensors

/// What a `sparsify_model` is.
final class OpenModel: Sendable {
    let predictor: Predictor
    let inputs: ValueList
    let outputs: ValueList

    /// - Parameter threads: 0 for as many as there are processors.
    init(path: String, threads: Int) throws {
        guard 0...1024 ~= threads else {
            throw SparsifyError(.usage, "The number of threads is one from 1 to 1024, or 0 for all processors.")
        }
        let model = try SparseModel(
            contentsOf: path, threads: threads == 0 ? Parallel.defaultThreads : threads)
        predictor = try model.predictor()
        inputs = ValueList(names: predictor.inputNames, shapes: predictor.inputExtents)
        outputs = ValueList(names: predictor.outputNames, shapes: predictor.outputExtents)
    }

    /// The model behind a handle, which stays C's.
    static func at(_ handle: OpaquePointer?) -> OpenModel? {
        handle.map { Unmanaged.fromOpaque(UnsafeRawPointer($0)).takeUnretainedValue() }
    }

    /// A handle for C, which owns the model from now on.
    func handedOver() -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(self).toOpaque()) }

    static func takeBack(_ handle: OpaquePointer?) {
        guard let handle else { return }
        Unmanaged<OpenModel>.fromOpaque(UnsafeRawPointer(handle)).release()
    }
}
