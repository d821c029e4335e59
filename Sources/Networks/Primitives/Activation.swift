internal import Tensors

/// A function of each element (or, for softmax and the like, of each vector along an axis). It may have one parameter:
/// the slopes of PReLU, which broadcast over the value. A softmax may have a second input, broadcast over the first,
/// that says which elements count: those where it is not 0.
public struct Activation: Sendable, Hashable {
    /// As Keras names it: `relu`, `gelu`, `softmax`, …
    public var name: String
    /// What the function depends on besides its input: `max_value`, `negative_slope`, `axis`, …
    public var arguments: [String: JSONValue]

    public init(_ name: String, arguments: [String: JSONValue] = [:]) {
        self.name = name
        self.arguments = arguments
    }
}

extension Activation: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(Array(inputs.prefix(1)))
        return [with(value)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
