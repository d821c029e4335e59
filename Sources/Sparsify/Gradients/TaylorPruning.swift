internal import Pruning
internal import Tensors
internal import Training

/// Prunes by the first order of the loss.
struct TaylorPruning: DataCriterion {
    let options: CriterionOptions

    func prune(_ task: DataTask) throws -> DataOutcome {
        let work = try GradientTask(task, criterion: "taylor", kind: options.loss)
        task.options.progress?.begin("gradient", total: 1)
        let gradient = try work.loss.gradient(work.weights, examples: Array(0..<work.loss.exampleCount)).gradient
        let tensors = try work.prune(
            byScores: TaylorCriterion.scores(weights: work.weights, gradient: gradient), criterion: "taylor")
        return DataOutcome(
            tensors: tensors,
            predictedLossChange: TaylorCriterion.change(
                weights: work.weights, gradient: gradient, isKept: try work.kept()))
    }
}
