internal import Tensors

/// The largest, the mean, … of the elements along some axes. A second input, broadcast over the first (its axes are the
/// value's last ones, extents of 1 are repeated), may say which elements count at all: those where it is not 0. A mean
/// is then the sum of those that count divided by their number, not-a-number where there are none; other kinds take the
/// rest for 0.
public struct Reduction: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable {
        case maximum, minimum, average, sum, product
        /// The position of the first largest or smallest element along the axis, of which there is one.
        case maximumIndex, minimumIndex
    }

    public var kind: Kind
    /// Positions among the extents, the batch not counted.
    public var axes: [Int]
    /// Whether the axes stay, with extent 1.
    public var keepsAxes: Bool

    public init(_ kind: Kind, axes: [Int], keepsAxes: Bool) {
        self.kind = kind
        self.axes = axes
        self.keepsAxes = keepsAxes
    }
}

extension Reduction: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(Array(inputs.prefix(1)))
        guard axes.allSatisfy(value.indices.contains) else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) has no axes \(axes) to reduce.")
        }
        var results: Extents = []
        for (position, extent) in value.enumerated() {
            if !axes.contains(position) {
                results.append(extent)
            } else if keepsAxes {
                results.append(1)
            }
        }
        return [with(results)]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        if [.maximum, .minimum, .maximumIndex, .minimumIndex].contains(kind) { return .zero }
        let reduced = axes.map { step.inputs[0][$0] }
        guard let terms = try reduced.elementCount(OperationCounts.what), terms > 0 else { return nil }
        return switch kind {
        case .average: try step.perElement(multiplications: 1, additions: terms - 1)
        case .product: try step.perElement(multiplications: terms - 1)
        default: try step.perElement(additions: terms - 1)
        }
    }
}
