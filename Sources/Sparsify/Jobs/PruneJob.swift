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
    /// How the sparsity is shared out, as `sparsify prune --help` lists; nil: as the request's scope says, or where the
    /// criterion prunes each tensor by itself, uniformly.
    public var allocation: String?
    /// Which elements go in each row, for criteria that go by a layer's inputs; the sparsity is then that of the pattern.
    public var pattern: GroupPattern?
    /// For criteria that look at data; for others, to tell loss and accuracy before and after.
    public var data: DataRequest?
    /// Takes the statistics of batch normalisations from the data anew.
    public var recalibratesNormalisation = false
    /// Patterns on tensor names; see `sparsify prune --help`.
    public var include: [String] = []
    public var exclude: [String] = []
    public var keepsOptimizer = false
    public var overwrites = false
    /// Fails where the format of the output has no place for something in the model.
    public var isStrict = false
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
        let selection = try located(input) {
            try TensorSelection(model.reader.tensors, defaults: model.choices, include: include, exclude: exclude)
        }
        let work = PlannedModel(model: model, selection: selection)
        guard !work.tensors.isEmpty || request.sparsity == 0 else {
            throw SparsifyError(
                .unsupported, "No tensor of this file is prunable.", file: input,
                remedy: "`sparsify inspect` says why for each; --include NAME prunes one all the same.")
        }
        let losses = try Losses.check(format, output, model.reader, isStrict: isStrict)
        let writer = try makeWriter(format, model.reader)
        let pruned = try PruningWork(job: self, entry: entry, model: model, planned: work).run()
        let summary = PruningSummary(
            job: self, entry: entry, original: original, model: model, selection: selection, pruned: pruned,
            losses: losses)
        if let spm = writer as? SPMWriter { spm.metadata = summary.metadata }
        let given = try writer.map { try TensorCopy.run(pruned.reader, to: $0, options: options) } ?? []
        return isDryRun ? try summary.predicted(writer: writer, format: format) : try summary.written(given)
    }

    /// Opened before the work, so that what forbids the output is found before it. For a dry run, one that measures,
    /// or nil where the format has no such.
    private func makeWriter(_ format: any ModelFormat, _ reader: any ModelReader) throws -> (any ModelWriter)? {
        let writing = WriteOptions(overwrite: overwrites, threads: options.threads, cancellation: options.cancellation)
        guard isDryRun else {
            return try format.makeWriter(path: output, tree: reader.tree, tensors: reader.tensors, options: writing)
        }
        guard format is SPMFormat else { return nil }
        return try SPMWriter.measuring(path: output, tree: reader.tree, tensors: reader.tensors, options: writing)
    }
}
