internal import ModelIO
internal import Networks
internal import Pruning
internal import Tensors

/// The prunable tensors of a model, numbered as the planner numbers them.
struct PlannedModel: Sendable {
    let reader: any ModelReader
    /// Indices in the reader.
    let indices: [Int]
    let tensors: [PrunableTensor]
    /// Position among the prunable tensors, by index in the reader.
    let ordinals: [Int: Int]

    init(model: OpenModel, selection: TensorSelection) {
        let reader = model.reader
        let roles = model.analysis.roles
        self.reader = reader
        indices = selection.prunable
        tensors = indices.map { index in
            let info = reader.tensors[index]
            // The configuration may tell what two bytes mean that the file itself leaves open.
            let elementType = roles[index].isBFloat16 ? ElementType.bfloat16 : info.elementType
            return PrunableTensor(
                name: info.name, elementType: elementType, elementCount: info.elementCount,
                dimensions: info.shape.dimensions)
        }
        ordinals = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
    }

    /// Copies elements of a prunable tensor; called from several threads at once.
    var source: WeightSource {
        let (reader, indices) = (reader, indices)
        return { index, range, destination in try reader.read(indices[index], range, into: destination) }
    }

    /// - Parameter zeros: how many elements of each go; nil: as the request's scope says.
    func plan(
        _ request: PruningRequest, zeros: [Int]?, _ criterion: any PruningCriterion, _ options: JobOptions
    ) throws -> PruningPlan {
        try Planner(
            tensors: tensors, criterion: criterion, threads: options.threads, cancellation: options.cancellation,
            progress: options.progress, read: source
        ).plan(request, zeros: zeros)
    }
}
