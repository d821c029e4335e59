internal import ModelIO
public import Pruning
public import Reports
internal import Tensors

/// What a criterion looks at, besides the weights.
public enum CriterionNeeds: String, Sendable, Hashable, Encodable {
    case nothing
    /// Data, and what the network's values are for it.
    case activations
    /// Data with labels, and the gradients of the loss.
    case gradients
    /// A training, in which it is learned which weights matter.
    case training
}

/// A criterion that looks at what data does in the network. It changes the weights of a working model in memory.
public protocol DataCriterion: Sendable {
    /// Prunes the task's model.
    ///
    /// - Throws: `numerical` where the numbers do not allow it, `usage` where the task lacks what the criterion needs.
    func prune(_ task: DataTask) throws -> DataOutcome
}

/// What a criterion that looks at data is to do.
public struct DataTask: Sendable {
    public let model: WorkingModel
    public let data: CalibrationData
    public let request: PruningRequest
    /// How many elements of each prunable tensor go; nil: so many of all together, whose scores are compared.
    public let zeros: [Int]?
    /// Where it is given, it says which elements go, and `zeros` how many that is.
    public let pattern: GroupPattern?
    /// Threads, progress and cancellation.
    public let options: JobOptions

    /// How many elements of a tensor may go: no more than leave the request's floor.
    public func allowed(_ tensor: Int, _ wanted: Int) -> Int {
        let count = model.tensors[tensor].elementCount
        return min(wanted, count - min(count, request.minimumKept))
    }

    /// Prunes exactly what the request says by scores: the lowest go, and the weights that are kept stay as they are.
    ///
    /// - Parameter scores: for each prunable tensor, one for each element, row-major.
    public func prune(byScores scores: [[Float]], criterion: String) throws -> [TensorOutcome] {
        let planner = Planner(
            tensors: model.tensors, criterion: GivenScores(id: criterion, summary: "", scores: scores),
            threads: options.threads, cancellation: options.cancellation, progress: options.progress,
            read: { [model] tensor, range, destination in try model.read(tensor, range, into: destination) })
        let plan = try planner.plan(request, zeros: zeros)
        for tensor in model.tensors.indices {
            try model.set(tensor, model.values(tensor), kept: model.kept(tensor, by: plan))
        }
        return plan.tensors.map(\.outcome)
    }
}

/// What a criterion that looks at data did.
public struct DataOutcome: Sendable {
    /// For each prunable tensor.
    public var tensors: [TensorOutcome]
    /// Change of the loss that the criterion foresees; nil where it foresees none.
    public var predictedLossChange: Double?
    /// For each tensor that was pruned by its layer's inputs.
    public var layers: [LayerErrorReport]
    /// What was chosen or left out on the way, a sentence each.
    public var notes: [String]

    public init(
        tensors: [TensorOutcome], predictedLossChange: Double? = nil, layers: [LayerErrorReport] = [],
        notes: [String] = []
    ) {
        self.tensors = tensors
        self.predictedLossChange = predictedLossChange
        self.layers = layers
        self.notes = notes
    }
}
