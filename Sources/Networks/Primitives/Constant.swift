internal import Tensors

/// Numbers that the model's configuration holds, the same for every example. The first input only tells how many
/// examples there are.
public struct Constant: Sendable, Hashable {
    /// Row-major; a single one stands for all elements.
    public var values: [Double]
    public var extents: [Int]

    public init(_ values: [Double], extents: [Int]) {
        self.values = values
        self.extents = extents
    }
}

extension Constant: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let count = try Shape(extents).elementCount
        guard inputs.count == 1, values.count == count || values.count == 1 else {
            throw SparsifyError(.malformed, "\(values.count) constants do not fit the shape \(extents).")
        }
        return [Value(extents: extents, copies: inputs[0].copies)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
