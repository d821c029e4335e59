internal import Pruning

/// Which elements of the prunable tensors are kept from a step of a training on.
struct MaskChoice {
    /// By tensor.
    var kept: [[Bool]]
    var outcomes: [TensorOutcome]
    /// What was asked for, or what a criterion that is learned found, and the zeros that this came to.
    var requestedSparsity: Double
    var requestedZeros: Int
    /// Share of the elements that is zero.
    var sparsity: Double
    /// Whether weights that are kept are others than before: some criteria move them.
    var movesKept = false
}

/// Chooses masks from the weights that a model has at the time, by a criterion and an allocation.
struct MaskChooser {
    private let model: WorkingModel
    private let data: CalibrationData
    private let request: PruningRequest
    private let entry: CriterionEntry
    private let criterionOptions: CriterionOptions
    private let rule: (any SparsityAllocation)?
    /// Whether a criterion that is learned says how many weights go.
    private let choosesSparsity: Bool
    private let options: JobOptions

    /// What was learned of each element of the prunable tensors, and from which score on it matters.
    struct Learned {
        var scores: [[Float]]
        var threshold: Float

        /// Share of elements that do not matter.
        var unneeded: Double {
            let low = scores.reduce(0) { $0 + $1.count { $0 < threshold } }
            return Double(low) / Double(max(scores.reduce(0) { $0 + $1.count }, 1))
        }
    }

    init(
        _ task: DataTask, _ entry: CriterionEntry, _ criterionOptions: CriterionOptions,
        rule: (any SparsityAllocation)?, choosesSparsity: Bool
    ) {
        (model, data, request) = (task.model, task.data, task.request)
        (self.entry, self.criterionOptions, self.rule) = (entry, criterionOptions, rule)
        self.choosesSparsity = choosesSparsity
        var quiet = task.options
        quiet.progress = nil
        options = quiet
    }

    /// - Throws: what the criterion and the allocation throw.
    func choose(_ sparsity: Double, learned: Learned?) throws -> MaskChoice {
        var request = request
        request.sparsity = choosesSparsity ? learned?.unneeded ?? 0 : sparsity
        let source: WeightSource = { [model] in try model.read($0, $1, into: $2) }
        let zeros = try rule?.zeros(request, of: model.tensors, source)
        var (outcomes, kept): ([TensorOutcome], [[Bool]])
        var movesKept = false
        switch entry.make {
        case .data(let make):
            outcomes = try make(criterionOptions).prune(
                DataTask(model: model, data: data, request: request, zeros: zeros, pattern: nil, options: options)
            ).tensors
            kept = try model.tensors.indices.map { try model.values($0).map { $0 != 0 } }
            movesKept = true
        case .weights(let make):
            (outcomes, kept) = try plan(request, zeros, make(criterionOptions), source)
        case .learned:
            let scores = GivenScores(id: entry.id, summary: "", scores: learned?.scores ?? [])
            (outcomes, kept) = try plan(request, zeros, scores, source)
        }
        let elements = model.tensors.reduce(0) { $0 + $1.elementCount }
        return MaskChoice(
            kept: kept, outcomes: outcomes, requestedSparsity: request.sparsity,
            requestedZeros: zeros?.reduce(0, +) ?? request.zeros(of: elements),
            sparsity: Double(outcomes.reduce(0) { $0 + $1.pruned }) / Double(max(elements, 1)), movesKept: movesKept)
    }

    private func plan(
        _ request: PruningRequest, _ zeros: [Int]?, _ criterion: any PruningCriterion, _ source: @escaping WeightSource
    ) throws -> ([TensorOutcome], [[Bool]]) {
        let planner = Planner(
            tensors: model.tensors, criterion: criterion, threads: options.threads, cancellation: options.cancellation,
            read: source)
        let plan = try planner.plan(request, zeros: zeros)
        return (plan.tensors.map(\.outcome), try model.tensors.indices.map { try model.kept($0, by: plan) })
    }
}
