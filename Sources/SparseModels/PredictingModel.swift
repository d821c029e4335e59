public import Inference
internal import Tensors

/// A model file whose network can be run.
public protocol PredictingModel: Sendable {
    /// Path of the file, for messages.
    var path: String { get }
    /// The network, ready to run on batches of any size.
    ///
    /// - Throws: `unsupported` where the file carries no network, or one with a layer that is not understood.
    func predictor() throws -> Predictor
}

extension PredictingModel {
    /// What the network makes of a batch of examples, where it has one input and one output.
    ///
    /// - Parameter input: the first axis counts the examples, the others are those of the network's input.
    /// - Throws: `usage` where the input does not fit; as `predictor()`, and what running throws.
    public func predict<Element: Scalar>(_ input: Tensor<Element>) throws -> Tensor<Element> {
        let predictor = try predictor()
        guard predictor.outputNames.count == 1 else {
            throw SparsifyError(
                .usage, "The network has \(predictor.outputNames.count) outputs, not one.", file: path,
                remedy: "Give the inputs by name.")
        }
        return try predictor.predict([input])[0]
    }

    /// What the network makes of a batch of examples: outputs by name.
    ///
    /// - Parameter inputs: by the names of the network's inputs.
    /// - Throws: `usage` where an input is missing, or there is one too many, or one does not fit.
    public func predict<Element: Scalar>(_ inputs: [String: Tensor<Element>]) throws -> [String: Tensor<Element>] {
        let predictor = try predictor()
        let names = predictor.inputNames
        if let stranger = inputs.keys.sorted().first(where: { !names.contains($0) }) {
            throw SparsifyError(.usage, "The network has no input '\(stranger)'.", file: path)
        }
        let list = try names.map { name in
            guard let input = inputs[name] else {
                throw SparsifyError(.usage, "The network's input '\(name)' is missing.", file: path)
            }
            return input
        }
        return Dictionary(uniqueKeysWithValues: zip(predictor.outputNames, try predictor.predict(list)))
    }
}
