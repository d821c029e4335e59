internal import Pruning
internal import Reports
internal import Tensors
internal import Training

/// Prunes by the diagonal of the loss's curvature, in rounds.
struct DamagePruning: DataCriterion {
    let options: CriterionOptions

    private static var standardStages: Int { 10 }
    private static var standardDamping: Double { 3 }

    func prune(_ task: DataTask) throws -> DataOutcome {
        let work = try GradientTask(task, criterion: "obd", kind: options.loss)
        var criterion = OptimalBrainDamage(
            diagonal: options.diagonal, firstOrder: options.firstOrder ?? false, probes: options.probes,
            damping: options.damping ?? Self.standardDamping, isEmpirical: options.isEmpirical, seed: options.seed)
        criterion.samples = options.fisherSamples ?? criterion.samples
        let stages = options.stages ?? Self.standardStages
        var first: OptimalBrainDamage.Evidence?
        let kept = try StagedRemoval(stages: stages).prune(
            work.weights, tensors: work.loss.tensors, targets: work.targets, progress: task.options.progress,
            cancellation: task.options.cancellation
        ) { weights, round in
            let evidence = try criterion.evidence(weights, work.loss, round: round)
            if first == nil { first = evidence }
            return OptimalBrainDamage.scores(weights: weights, evidence)
        }
        return DataOutcome(
            tensors: try work.store(work.weights, kept),
            predictedLossChange: first.map {
                OptimalBrainDamage.change(weights: work.weights, $0, isKept: kept)
            }, notes: first.map { notes($0, criterion, work, stages) } ?? [])
    }

    private func notes(
        _ evidence: OptimalBrainDamage.Evidence, _ criterion: OptimalBrainDamage, _ work: GradientTask, _ stages: Int
    ) -> [String] {
        let samples = min(criterion.samples, work.loss.exampleCount)
        let source =
            switch criterion.diagonal {
            case .fisher:
                "Fisher diagonal of \(samples) examples with \(criterion.isEmpirical ? "their labels" : "labels drawn from the model")"
            case .hessian where evidence.isEstimate:
                "Hessian's diagonal over \(samples) examples, estimated from \(criterion.probes) products"
            case .hessian: "Hessian's exact diagonal over \(samples) examples"
            }
        var notes = ["obd: \(stages) rounds, \(source), damping \(evidence.damping) at first"]
        if evidence.negatives > 0 {
            notes.append(
                "obd: at first \(evidence.negatives) of \(evidence.diagonal.count) elements of the diagonal were negative: the "
                    + "weights are at no minimum there, and counted as costing nothing but the damping's share")
        }
        return notes
    }
}
