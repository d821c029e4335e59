internal import Pruning
internal import Reports

/// All that a training needs to go on from where it was; what else it works with follows from the request and the data.
struct TrainingState {
    var step = 0
    /// The trainer's variables, and the optimizer's moments.
    var values: [Float] = []
    var moments: [[Float]] = []
    /// For each prunable tensor, which elements are kept; nil: nothing was pruned yet.
    var kept: [[Bool]]?
    var outcomes: [TensorOutcome] = []
    /// Share of the prunable elements that is zero by the plan, and zeros that this came from.
    var sparsity = 0.0
    var requestedZeros = 0
    var chosenSparsity = 0.0
    /// Sums over the epoch that is under way.
    var running = EpochSums()
    /// After the epoch that weights are taken back to.
    var rewound: [Float]?
    var best: Best?
    var curve: [TrainingPoint] = []

    struct EpochSums: Codable, Hashable {
        /// Of losses times examples.
        var loss = 0.0
        var examples = 0
        var correct = 0
        var counted = 0
    }

    /// The best result with the last mask.
    struct Best {
        var epoch: Int
        var loss: Double
        var accuracy: Double?
        var parameters: [Float]

        /// By accuracy first; of two that are alike the later one counts as better where its loss is smaller.
        func isWorse(than other: EvaluationReport) -> Bool {
            let (mine, its) = (accuracy ?? 0, other.accuracy ?? 0)
            return its > mine || its == mine && other.value < loss
        }
    }
}
