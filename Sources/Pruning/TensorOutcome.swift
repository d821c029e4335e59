/// What became of one tensor.
public struct TensorOutcome: Sendable, Hashable {
    /// Elements that are set to zero, those that were zero before among them.
    public var pruned: Int
    public var kept: Int
    /// Whether the floor kept weights here that would have been pruned without it.
    public var isHeldByFloor: Bool
    /// Weights that are NaN or infinite; they are pruned last.
    public var nonfinite: Int

    public init(pruned: Int, kept: Int, isHeldByFloor: Bool = false, nonfinite: Int = 0) {
        self.pruned = pruned
        self.kept = kept
        self.isHeldByFloor = isHeldByFloor
        self.nonfinite = nonfinite
    }
}

extension TensorPlan {
    public var outcome: TensorOutcome {
        TensorOutcome(pruned: pruned, kept: kept, isHeldByFloor: isHeldByFloor, nonfinite: nonfinite)
    }
}
