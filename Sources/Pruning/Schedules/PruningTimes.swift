public import Tensors

/// When in a training weights are pruned, and to what sparsity.
public struct PruningTimes: Sendable, Hashable {
    /// By step of the training, before which the pruning is done.
    public let sparsities: [Int: Double]
    /// The step before which the last pruning is done; from then on the mask is held.
    public let last: Int

    /// - Parameters:
    ///   - start, end: shares of the training, between which weights are pruned.
    ///   - frequency: steps from one pruning to the next, where the schedule leaves that open; nil: a hundredth of the
    ///     training.
    ///   - steps: of the training.
    /// - Throws: `usage` where a number is none to work with.
    public init(
        _ schedule: any SparsitySchedule, final: Double, start: Double, end: Double, frequency: Int?, steps: Int
    ) throws(SparsifyError) {
        guard start >= 0, start <= end, end <= 1 else {
            throw SparsifyError(
                .usage, "Pruning is to begin at \(start) of the training and to end at \(end).",
                remedy: "Both are shares from 0 to 1, and the start is the smaller one.")
        }
        guard frequency ?? 1 > 0 else {
            throw SparsifyError(.usage, "Weights cannot be pruned every \(frequency ?? 0) steps.")
        }
        let steps = max(steps, 1)
        let first = Int((start * Double(steps)).rounded(.down))
        // The last pruning is before the last step, so that there is something to train with what is left.
        let last = min(max(Int((end * Double(steps)).rounded(.down)), first), steps - 1)
        let interval = frequency ?? max(steps / 100, 1)
        let sparsities = schedule.sparsities(final: final, count: (last - first) / interval + 1)
        guard sparsities.count <= last - first + 1 || sparsities.count == 1 else {
            throw SparsifyError(
                .usage,
                "The schedule '\(schedule.id)' takes \(sparsities.count) prunings, and there are \(last - first + 1) steps for "
                    + "them.", remedy: "Train for more epochs, or let a larger fraction go in a round.")
        }
        var times: [Int: Double] = [:]
        for (number, sparsity) in sparsities.enumerated() {
            let place = sparsities.count == 1 ? 0 : (last - first) * number / (sparsities.count - 1)
            times[first + place] = sparsity
        }
        self.sparsities = times
        self.last = times.keys.max() ?? first
    }
}
