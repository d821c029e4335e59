internal import Tensors

/// Values laid end to end along one axis.
public struct Concatenation: Sendable, Hashable {
    /// Position among the extents.
    public var axis: Int

    public init(axis: Int) { self.axis = axis }
}

extension Concatenation: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard let first = inputs.first, var result = first.extents, result.indices.contains(axis) else {
            throw SparsifyError(.malformed, "There is nothing to concatenate along axis \(axis).")
        }
        for value in inputs.dropFirst() {
            let extents = value.extents ?? []
            guard extents.count == result.count else {
                throw SparsifyError(
                    .malformed, "Values of shapes \(result.text) and \(extents.text) cannot be concatenated.")
            }
            for position in extents.indices {
                if position == axis {
                    if let a = result[position], let b = extents[position] {
                        result[position] = try Checked.add(a, b, "extent of a concatenation")
                    } else {
                        result[position] = nil
                    }
                } else if let a = result[position], let b = extents[position], a != b {
                    throw SparsifyError(
                        .malformed, "Values of shapes \(result.text) and \(extents.text) cannot be concatenated.")
                } else {
                    result[position] = result[position] ?? extents[position]
                }
            }
        }
        return [Value(extents: result, copies: first.copies)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
