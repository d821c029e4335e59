internal import ModelIO
public import Pruning
public import Reports
internal import SPMFormat

/// The main job: a dense model in, a pruned one out, and a report.
public struct PruneJob: Sendable {
    public var input: String
    public var output: String
    /// How much goes, unless there is a target.
    public var request: PruningRequest
    /// What the result is to come to; the sparsity that does is found by trials.
    public var target: PruningTarget?
    public var criterion = "magnitude"
    public var criterionOptions = CriterionOptions()
    /// How the sparsity is shared out, as `sparsify prune --help` lists; nil: as the request's scope says, or where the
    /// criterion prunes each tensor by itself, uniformly.
    public var allocation: String?
    /// Which elements go in each row, for criteria that go by a layer's inputs; the sparsity is then that of the pattern.
    public var pattern: GroupPattern?
    /// For criteria that look at data; for others, to tell loss and accuracy before and after.
    public var data: DataRequest?
    /// How the network is trained while it is pruned; nil: it is not.
    public var training: TrainingRequest?
    /// Examples that nothing is trained on or chosen by: loss and accuracy are told for them.
    public var validation: DataRequest?
    /// So much of `data` is kept apart instead, from its end.
    public var validationSplit: DataShare?
    /// Takes the statistics of batch normalisations from the data anew.
    public var recalibratesNormalisation = false
    /// Patterns on tensor names; see `sparsify prune --help`.
    public var include: [String] = []
    public var exclude: [String] = []
    public var keepsOptimizer = false
    public var overwrites = false
    /// Fails where the format of the output has no place for something in the model.
    public var isStrict = false
    /// Stores tensors sparse where the format of the output can, and that is smaller.
    public var storesSparse = false
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
    /// - Throws: what reading, planning and writing throw; `disagreement` where the file does not hold what was planned;
    ///   `unsupported` where there is a target, and nothing meets it.
    public func run() throws -> ModelReport {
        if let target { return try TargetedPruning(job: self, target: target).run() }
        // At sparsity 0 nothing is pruned, so nothing is stale: the job is a conversion that loses nothing.
        let setup = try PruningSetup(self, isPruning: request.sparsity > 0 || training != nil)
        let writer = try setup.makeWriter()
        let work = try PruningWork(setup)
        return try write(work.evaluated(work.prune(request)), setup, writer)
    }

    /// Writes what was pruned, reads it again, and reports.
    func write(_ pruned: PrunedModel, _ setup: PruningSetup, _ writer: (any ModelWriter)?) throws -> ModelReport {
        let summary = PruningSummary(setup: setup, pruned: pruned)
        if let spm = writer as? SPMWriter { spm.metadata = summary.metadata }
        let given = try writer.map { try TensorCopy.run(pruned.reader, to: $0, options: options) } ?? []
        return isDryRun ? try summary.predicted(writer: writer) : try summary.written(given)
    }
}
