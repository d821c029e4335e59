internal import Tensors

/// The axes in another order.
public struct Transpose: Sendable, Hashable {
    /// For each axis of the result, the position among the extents that it comes from.
    public var order: [Int]

    public init(_ order: [Int]) { self.order = order }
}

extension Transpose: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        guard order.sorted() == Array(value.indices) else {
            throw SparsifyError(.malformed, "The axes of a value of shape \(value.text) cannot be ordered \(order).")
        }
        return [with(order.map { value[$0] })]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
