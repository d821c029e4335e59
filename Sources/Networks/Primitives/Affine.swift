/// A scale, a shift, or both, of each element: by parameters along some axes, or by constants. Parameters, where there
/// are any, are those that fold into the scale and the shift.
public struct Affine: Sendable, Hashable {
    public var hasScale: Bool
    public var hasShift: Bool
    /// Axes along which the parameters vary, as positions among the extents; empty for constants.
    public var axes: [Int]

    public init(hasScale: Bool = true, hasShift: Bool = true, axes: [Int] = []) {
        self.hasScale = hasScale
        self.hasShift = hasShift
        self.axes = axes
    }
}

extension Affine: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with(value)]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        try step.perElement(multiplications: hasScale ? 1 : 0, additions: hasShift ? 1 : 0)
    }
}
