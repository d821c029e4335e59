internal import ModelIO
public import Pruning
public import Reports
internal import SPMFormat
internal import Tensors

/// The main job: a dense model in, a pruned one out, and a report.
public struct PruneJob: Sendable {
    public var input: String
    public var output: String
    public var request: PruningRequest
    public var criterion = "magnitude"
    public var criterionOptions = CriterionOptions()
    /// Patterns on tensor names; see `sparsify prune --help`.
    public var include: [String] = []
    public var exclude: [String] = []
    public var keepsOptimizer = false
    public var overwrites = false
    /// Plans and predicts, and writes nothing.
    public var isDryRun = false
    /// Reads the output again and checks it.
    public var verifies = true
    public var options = JobOptions()

    public init(input: String, output: String, request: PruningRequest) {
        self.input = input
        self.output = output
        self.request = request
    }

    /// - Returns: the report on the file that was written.
    /// - Throws: what reading, planning and writing throw; `disagreement` where the file does not hold what was planned.
    public func run() throws -> ModelReport {
        let format = try ModelFiles.format(forWriting: output)
        let entry = try Catalog.criterion(criterion)
        let original = try OpenModel(input, options: options)
        // At sparsity 0 nothing is pruned, so nothing is stale: the job is a conversion that loses nothing.
        let model =
            request.sparsity > 0 ? try original.prepared(keepingOptimizer: keepsOptimizer) : original
        let selection = try TensorSelection(
            model.reader.tensors, defaults: model.choices, include: include, exclude: exclude)
        let work = PlannedModel(model: model, selection: selection)
        guard !work.tensors.isEmpty || request.sparsity == 0 else {
            throw SparsifyError(
                .unsupported, "No tensor of this file is prunable.", file: input,
                remedy: "`sparsify inspect` says why for each; --include NAME prunes one all the same.")
        }
        let writer =
            isDryRun
            ? nil
            : try format.makeWriter(
                path: output, tree: model.reader.tree, tensors: model.reader.tensors,
                options: WriteOptions(
                    overwrite: overwrites, threads: options.threads, cancellation: options.cancellation))
        let plan = try work.plan(request, entry.make(criterionOptions), options)
        let summary = PruningSummary(
            job: self, entry: entry, original: original, model: model, selection: selection, plan: plan)
        guard let writer else { return try summary.predicted(format: format) }

        if let spm = writer as? SPMWriter { spm.metadata = summary.metadata }
        try TensorCopy.run(model.reader, to: writer, options: options, work: work, plan: plan)
        return try summary.written()
    }
}

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
        self.reader = reader
        indices = selection.prunable
        tensors = indices.map { index in
            let info = reader.tensors[index]
            return PrunableTensor(name: info.name, elementType: info.elementType, elementCount: info.elementCount)
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

/// Copies every tensor of a reader to a writer, pruned where a plan says so.
enum TensorCopy {
    static func run(
        _ reader: any ModelReader, to writer: any ModelWriter, options: JobOptions, work: PlannedModel? = nil,
        plan: PruningPlan? = nil
    ) throws {
        let progress = options.progress
        progress?.begin("writing", total: reader.tensors.reduce(0) { $0 + $1.byteCount })
        for (index, info) in reader.tensors.enumerated() {
            guard let work, let plan, let ordinal = work.ordinals[index], plan.tensors[ordinal].pruned > 0 else {
                try writer.append(info, expectedNonzeros: nil) { range, tile in
                    try reader.read(index, range, into: tile)
                    progress?.add(tile.count)
                }
                continue
            }
            let prunable = work.tensors[ordinal]
            try writer.append(info, expectedNonzeros: plan.tensors[ordinal].kept) { range, tile in
                try reader.read(index, range, into: tile)
                plan.apply(to: tile, tensor: ordinal, offset: range.lowerBound, info: prunable)
                progress?.add(tile.count)
            }
        }
        try writer.finish()
    }
}
