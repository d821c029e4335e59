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
        surgeon.blocks = options.blocks
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
        // As `BlockFisher` says, of the weights that a round begins with.
        let alive = [weights] + rounds.map(\.kept)
        let bytes =
            zip(alive, rounds).map { 8 * $1.block * ($0 + $1.block * ($1.isWhole ? 1 : surgeon.threads)) }.max() ?? 0
        let products = rounds.reduce(0) { $0 + $1.products }
        let damping = rounds.map(\.fisherDamping).max() ?? 0
        let (foreseen, measured) = rounds.reduce((0.0, 0.0)) { sums, round in
            (sums.0 + round.predictedChange, sums.1 + round.lossAfter - round.lossBefore)
        }
        let rounded = rounds.reduce(0) { $0 + $1.roundedSolves }
        let ending = "obs: \(rounded) solves ended early by rounding: the loss is nearly flat there"
        return (rounded > 0 ? [ending] : []) + [
            "obs: \(rounds.count) rounds; Fisher matrix of \(min(surgeon.fisherSamples, loss.exampleCount)) examples with \(kind), "
                + "\(Self.cut(rounds)); \(max(bytes >> 20, 1)) MB, damping at most \(damping)",
            "obs: the rounds' models foresaw changes of the loss of \(foreseen) in all, and \(measured) was measured on "
                + "their examples",
            "obs: the kept weights were solved for with \(products) products with the Gauss-Newton matrix of "
                + "\(min(surgeon.curvatureSamples, loss.exampleCount)) examples, damping \(surgeon.moveDamping) of its mean; "
                + (surgeon.firstOrder
                    ? "the gradient took part" : "the weights were taken to be at a critical point"),
        ]
    }

    /// How the Fisher matrix was cut.
    private static func cut(_ rounds: [OptimalBrainSurgeon.Round]) -> String {
        let whole = rounds.count(where: \.isWhole)
        let sizes = Set(rounds.filter { !$0.isWhole }.map(\.block)).sorted().map(String.init)
        if sizes.isEmpty { return "whole, of \(rounds.map(\.block).max() ?? 0) weights at first" }
        let blocks = "in blocks of \(sizes.joined(separator: ", ")) weights"
        return whole == 0 ? blocks : blocks + ", whole in the last \(whole)"
    }
}
