internal import Tensors

/// 0, 1, 2, … along one axis of a value: a vector as long as that axis, of the positions themselves. The input's
/// elements play no part. Comparing the positions of two values makes a causal mask.
public struct Positions: Sendable, Hashable {
    /// Position among the extents of the input.
    public var axis: Int

    public init(axis: Int) { self.axis = axis }
}

extension Positions: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        guard value.indices.contains(axis) else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) has no axis \(axis) to number.")
        }
        return [with([value[axis]])]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
