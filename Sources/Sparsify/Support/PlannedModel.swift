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
            return PrunableTensor(name: info.name, elementType: elementType, elementCount: info.elementCount)
        }
        ordinals = Dictionary(uniqueKeysWithValues: indices.enumerated().map { ($1, $0) })
    }

    func plan(_ request: PruningRequest, _ criterion: any PruningCriterion, _ options: JobOptions) throws -> PruningPlan
    {
        let reader = reader
        let indices = indices
        return try Planner(
            tensors: tensors, criterion: criterion, threads: options.threads, cancellation: options.cancellation,
            progress: options.progress
        ) { index, range, destination in
            try reader.read(indices[index], range, into: destination)
        }.plan(request)
    }
}
