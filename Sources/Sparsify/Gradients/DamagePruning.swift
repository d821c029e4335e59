internal import Pruning
internal import Tensors
internal import Training

/// Prunes by the diagonal of the loss's curvature.
struct DamagePruning: DataCriterion {
    let options: CriterionOptions

    func prune(_ task: DataTask) throws -> DataOutcome {
        let work = try GradientTask(task, criterion: "obd", kind: options.loss)
        let criterion = OptimalBrainDamage(
            diagonal: options.diagonal, firstOrder: options.firstOrder ?? false, probes: options.probes,
            seed: options.seed)
        task.options.progress?.begin("curvature", total: 1)
        let evidence = try criterion.evidence(work.weights, work.loss)
        let tensors = try work.prune(
            byScores: OptimalBrainDamage.scores(weights: work.weights, evidence), criterion: "obd")
        var notes: [String] = []
        if evidence.isEstimate {
            notes.append(
                "the Hessian's diagonal is an estimate from \(options.probes) products, seed \(options.seed)")
        }
        if evidence.negatives > 0 {
            notes.append(
                "\(evidence.negatives) of \(evidence.diagonal.count) elements of the diagonal are negative: the weights are at no "
                    + "minimum there, and count as costing nothing")
        }
        return DataOutcome(
            tensors: tensors,
            predictedLossChange: OptimalBrainDamage.change(
                weights: work.weights, evidence, isKept: try work.kept()), notes: notes)
    }
}
