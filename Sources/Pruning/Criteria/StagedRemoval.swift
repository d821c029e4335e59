public import Tensors

/// Weights removed in rounds by scores that are worked out anew for the weights that are left, which do not move.
public struct StagedRemoval: Sendable {
    public var stages: Int

    public init(stages: Int) { self.stages = stages }

    /// - Parameters:
    ///   - tensors: where each prunable tensor lies among the weights.
    ///   - scores: of all weights as they are in a round, whose number is given.
    /// - Returns: which weights are kept.
    /// - Throws: what `scores` throws; `cancelled`.
    public func prune(
        _ weights: [Float], tensors: [Range<Int>], targets: RemovalTargets, progress: WorkProgress? = nil,
        cancellation: CancellationFlag? = nil, scores: (_ weights: [Float], _ round: Int) throws -> [Float]
    ) throws -> [Bool] {
        var left = weights
        var isKept = [Bool](repeating: true, count: weights.count)
        progress?.begin("pruning in \(stages) rounds", total: stages)
        for stage in 1...max(stages, 1) {
            try cancellation?.check()
            let target = targets.at(Double(stage) / Double(max(stages, 1)), counts: tensors.map(\.count))
            for place in target.select(try scores(left, stage), isKept: isKept, tensors: tensors) {
                isKept[place] = false
                left[place] = 0
            }
            progress?.add(1)
        }
        return isKept
    }
}
