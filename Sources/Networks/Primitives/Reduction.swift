internal import Tensors

/// The largest or the mean element along some axes.
public struct Reduction: Sendable, Hashable {
    public var kind: Pooling.Kind
    /// Positions among the extents, the batch not counted.
    public var axes: [Int]
    /// Whether the axes stay, with extent 1.
    public var keepsAxes: Bool

    public init(_ kind: Pooling.Kind, axes: [Int], keepsAxes: Bool) {
        self.kind = kind
        self.axes = axes
        self.keepsAxes = keepsAxes
    }
}

extension Reduction: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
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
        guard kind == .average else { return .zero }
        let reduced = axes.map { step.inputs[0][$0] }
        guard let terms = try reduced.elementCount(OperationCounts.what), terms > 0 else { return nil }
        return try step.perElement(multiplications: 1, additions: terms - 1)
    }
}
