internal import ModelIO
internal import Pruning
internal import SPMFormat
internal import Tensors

/// What a pruning starts from, however much goes: the model as it will be written, and which of its tensors are prunable.
struct PruningSetup {
    var job: PruneJob
    let entry: CriterionEntry
    let format: any ModelFormat
    let original: OpenModel
    let model: OpenModel
    let selection: TensorSelection
    let planned: PlannedModel
    /// What the format of the output has no place for.
    let losses: [String]

    /// - Parameter isPruning: where nothing is pruned nothing is stale, and nothing is left out.
    /// - Throws: what opening throws; `usage` where a name is not known; `unsupported` where nothing is prunable.
    init(_ job: PruneJob, original: OpenModel? = nil, isPruning: Bool) throws {
        self.job = job
        format = try ModelFiles.format(forWriting: job.output)
        _ = try ModelFiles.check(job.storesSparse, format, job.output)
        entry = try Catalog.criterion(job.criterion)
        let original = try original ?? OpenModel(job.input, options: job.options)
        let model = isPruning ? try original.prepared(keepingOptimizer: job.keepsOptimizer) : original
        selection = try located(job.input) {
            try TensorSelection(
                model.reader.tensors, defaults: model.choices, include: job.include, exclude: job.exclude)
        }
        planned = PlannedModel(model: model, selection: selection)
        guard !planned.tensors.isEmpty || !isPruning else {
            throw SparsifyError(
                .unsupported, "No tensor of this file is prunable.", file: job.input,
                remedy: "`sparsify inspect` says why for each; --include NAME prunes one all the same.")
        }
        losses = try Losses.check(format, job.output, model.reader, isStrict: job.isStrict)
        self.original = original
        self.model = model
    }

    /// Elements of the prunable tensors.
    var elements: Int { planned.tensors.reduce(0) { $0 + $1.elementCount } }

    /// Opened before the work, so that what forbids the output is found before it. For a dry run, one that measures,
    /// or nil where the format has no such.
    func makeWriter() throws -> (any ModelWriter)? {
        guard job.isDryRun else {
            return try format.makeWriter(
                path: job.output, tree: model.reader.tree, tensors: model.reader.tensors, options: writing)
        }
        return format is SPMFormat ? try makeMeasuringWriter() : nil
    }

    /// A writer that tells the size of a `.spm` file and writes none.
    func makeMeasuringWriter() throws -> SPMWriter {
        try SPMWriter.measuring(
            path: job.output, tree: model.reader.tree, tensors: model.reader.tensors, options: writing)
    }

    private var writing: WriteOptions {
        WriteOptions(
            overwrite: job.overwrites, storesSparse: job.storesSparse, threads: job.options.threads,
            cancellation: job.options.cancellation)
    }
}
