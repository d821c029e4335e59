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
            work.weights, work.loss, targets: try targets(task), progress: task.options.progress,
            cancellation: task.options.cancellation)
        var tensors: [TensorOutcome] = []
        for (tensor, range) in work.loss.tensors.enumerated() {
            let kept = Array(outcome.isKept[range])
            try task.model.set(tensor, Array(outcome.weights[range]), kept: kept)
            let count = kept.count { $0 }
            let wanted = task.zeros?[tensor] ?? 0
            tensors.append(
                TensorOutcome(pruned: range.count - count, kept: count, isHeldByFloor: range.count - count < wanted))
        }
        return DataOutcome(
            tensors: tensors, predictedLossChange: outcome.rounds.reduce(0) { $0 + $1.predictedChange },
            notes: notes(surgeon, outcome.rounds, work.loss))
    }

    private func targets(_ task: DataTask) throws -> RemovalTargets {
        let counts = task.model.tensors.map(\.elementCount)
        if let zeros = task.zeros {
            return .each(zeros.indices.map { task.allowed($0, zeros[$0]) })
        }
        return .global(
            zeros: task.request.zeros(of: counts.reduce(0, +)),
            floors: counts.map { min(task.request.minimumKept, $0) })
    }

    private func notes(
        _ surgeon: OptimalBrainSurgeon, _ rounds: [OptimalBrainSurgeon.Round], _ loss: NetworkLoss
    ) -> [String] {
        let kind = surgeon.isEmpirical ? "their labels" : "labels drawn from the model"
        let blocks = Set(rounds.map(\.block)).sorted()
        let products = rounds.reduce(0) { $0 + $1.products }
        let damping = rounds.map(\.fisherDamping).max() ?? 0
        return [
            "obs: \(rounds.count) rounds; Fisher matrix of \(min(surgeon.fisherSamples, loss.exampleCount)) examples with \(kind), "
                + "in blocks of \(blocks.map(String.init).joined(separator: ", ")) weights, damping at most \(damping)",
            "obs: the kept weights were solved for with \(products) products with the Gauss-Newton matrix of "
                + "\(min(surgeon.curvatureSamples, loss.exampleCount)) examples, last damping \(rounds.last?.damping ?? 0); "
                + (surgeon.firstOrder
                    ? "the gradient took part" : "the weights were taken to be at a critical point"),
        ]
    }
}
