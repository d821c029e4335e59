public import Inference
public import ModelIO
public import Networks
internal import Tensors

extension Predictor {
    /// The network that a file carries, with its weights.
    ///
    /// - Throws: `unsupported` where it carries none, or one with a layer that is not understood.
    public convenience init(
        _ document: ModelDocument, _ reader: any ModelReader, threads: Int, kernels: KernelPolicy = .standard,
        maximumBytes: Int? = nil
    ) throws {
        guard let network = document.network else {
            throw SparsifyError(
                .unsupported, "There is no network to run. \(document.networkIssue ?? "")", file: reader.path,
                remedy: "The file's tensors can be inspected, pruned and converted all the same.")
        }
        self.init(
            network, parameters: ModelParameters(reader, document), threads: threads,
            kernels: kernels, maximumBytes: maximumBytes)
    }
}
