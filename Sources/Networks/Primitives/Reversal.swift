internal import Tensors

/// The elements along one axis in the opposite order: output[i] = input[extent − 1 − i].
public struct Reversal: Sendable, Hashable {
    /// Position among the extents.
    public var axis: Int

    public init(axis: Int) { self.axis = axis }
}

extension Reversal: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        guard value.indices.contains(axis) else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) has no axis \(axis) to reverse.")
        }
        return [with(value)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
