internal import Pruning
internal import Reports
internal import Training

/// Prunes by the inverse curvature, in rounds, and moves the weights that are kept.
struct SurgeonPruning: DataCriterion {
    let options: CriterionOptions

    func prune(_ task: DataTask) throws -> DataOutcome {
        let work = try GradientTask(task, criterion: "obs", kind: options.loss)
        var surgeon = OptimalBrainSurgeon(seed: options.seed, threads: task.options.threads)
        surgeon.stages = options.stages ?? surgeon.stages
        surgeon.block = options.block
        surgeon.fisherSamples = options.fisherSamples ?? surgeon.fisherSamples
        surgeon.damping = options.damping ?? surgeon.damping
        surgeon.firstOrder = options.firstOrder ?? true
        surgeon.isEmpirical = options.isEmpirical
        let outcome = try surgeon.prune(
            work.weights, work.loss, targets: work.targets, progress: task.options.progress,
            cancellation: task.options.cancellation)
        return DataOutcome(
            tensors: try work.store(outcome.weights, outcome.isKept),
            predictedLossChange: outcome.rounds.reduce(0) { $0 + $1.predictedChange },
            notes: notes(surgeon, outcome.rounds, work.loss, weights: outcome.weights.count))
    }

    private func notes(
        _ surgeon: OptimalBrainSurgeon, _ rounds: [OptimalBrainSurgeon.Round], _ loss: NetworkLoss, weights: Int
    ) -> [String] {
        let kind = surgeon.isEmpirical ? "their labels" : "labels drawn from the model"
        let blocks = Set(rounds.map(\.block)).sorted()
        // As `BlockFisher` says, of the weights that a round begins with.
        let alive = [weights] + rounds.map(\.kept)
        let bytes = zip(alive, rounds).map { 8 * $0 * $1.block }.max() ?? 0
        let products = rounds.reduce(0) { $0 + $1.products }
        let damping = rounds.map(\.fisherDamping).max() ?? 0
        let (foreseen, measured) = rounds.reduce((0.0, 0.0)) { sums, round in
            (sums.0 + round.predictedChange, sums.1 + round.lossAfter - round.lossBefore)
        }
        let rounded = rounds.reduce(0) { $0 + $1.roundedSolves }
        let ending = "obs: \(rounded) solves ended early by rounding: the loss is nearly flat there"
        return (rounded > 0 ? [ending] : []) + [
            "obs: \(rounds.count) rounds; Fisher matrix of \(min(surgeon.fisherSamples, loss.exampleCount)) examples with \(kind), "
                + "in blocks of \(blocks.map(String.init).joined(separator: ", ")) weights and \(max(bytes >> 20, 1)) MB, damping at most \(damping)",
            "obs: the rounds' models foresaw changes of the loss of \(foreseen) in all, and \(measured) was measured on "
                + "their examples",
            "obs: the kept weights were solved for with \(products) products with the Gauss-Newton matrix of "
                + "\(min(surgeon.curvatureSamples, loss.exampleCount)) examples, damping \(surgeon.moveDamping) of its mean; "
                + (surgeon.firstOrder
                    ? "the gradient took part" : "the weights were taken to be at a critical point"),
        ]
    }
}
