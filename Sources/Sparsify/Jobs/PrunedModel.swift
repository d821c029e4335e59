internal import ModelIO
internal import Pruning
internal import Reports

/// A pruned model before it is written.
struct PrunedModel {
    /// What was asked for.
    var request: PruningRequest
    /// Shows the tensors as they are now.
    var reader: any ModelReader
    /// For each prunable tensor.
    var tensors: [TensorOutcome]
    /// How the sparsity was shared out.
    var allocation: String
    /// Zeros that the request comes to.
    var requestedZeros: Int
    var data: DataReport?
    /// How the sparsity was found, where nobody said it.
    var target: TargetReport?
    /// How the network was trained; nil where it was not.
    var training: TrainingReport?
    var notes: [String] = []

    var scope: SparsityScope { allocation == Catalog.globalAllocation ? .global : .layer }
}
