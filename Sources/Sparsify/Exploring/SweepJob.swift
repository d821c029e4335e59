internal import ModelIO
internal import Pruning
public import Reports
internal import Tensors

/// Prunes a model in many ways, and tells what each comes to: bytes, operations, accuracy. Nothing is written but a log.
public struct SweepJob: Sendable {
    /// The model, the data, the training and all that is the same for each; its output and request play no part.
    public var base: PruneJob
    public var criteria = ["magnitude"]
    public var sparsities: [Double] = []
    /// A file that gets a line of JSON for each that is done; what it has already is not done again.
    public var log: String?

    public init(input: String) throws {
        // A dry run measures a .spm file without writing one.
        base = PruneJob(input: input, output: "sweep.spm", request: try PruningRequest(sparsity: 0))
        base.isDryRun = true
        // It would not be there.
        base.verifies = true
    }

    /// - Throws: `usage` where a name is not known, a sparsity is none, or the log is of another sweep; what pruning throws.
    public func run() throws -> SweepReport {
        guard !criteria.isEmpty, !sparsities.isEmpty else {
            throw SparsifyError(
                .usage, "A sweep takes at least one criterion and one sparsity.",
                remedy: "Give them with --criteria a,b and --sparsities 0.5,0.8.")
        }
        let wanted = try criteria.flatMap { criterion in
            _ = try Catalog.criterion(criterion)
            return try sparsities.map { (criterion, try PruningRequest(sparsity: $0)) }
        }
        let log = try log.map { try SweepLog($0, sweep: fingerprint) }
        var rows = [SweepRow]()
        defer { base.options.progress?.beginPart(nil) }
        var works: [String: (setup: PruningSetup, work: PruningWork)] = [:]
        for (number, (criterion, request)) in wanted.enumerated() {
            try base.options.cancellation?.check()
            if let done = log?.rows.first(where: { $0.criterion == criterion && $0.sparsity == request.sparsity }) {
                rows.append(done)
                continue
            }
            base.options.progress?.beginPart("\(number + 1) of \(wanted.count), \(criterion) at \(request.sparsity)")
            if works[criterion] == nil {
                var job = base
                job.criterion = criterion
                // So that the criterion is known to need its data.
                job.request.sparsity = sparsities.max()!
                // What was read for another criterion is let go.
                works = [criterion: try Self.work(job)]
            }
            let (setup, work) = works[criterion]!
            let clock = ContinuousClock()
            let start = clock.now
            var sized = request
            sized.minimumKept = base.request.minimumKept
            sized.scope = base.request.scope
            let report = try setup.job.write(work.evaluated(work.prune(sized)), setup, setup.makeWriter())
            rows.append(Self.row(criterion, sized, report, seconds: (clock.now - start) / .seconds(1)))
            try log?.append(rows[rows.count - 1])
        }
        return SweepReport(model: base.input, rows: rows)
    }

    private static func work(_ job: PruneJob) throws -> (PruningSetup, PruningWork) {
        let setup = try PruningSetup(job, isPruning: true)
        return (setup, try PruningWork(setup))
    }

    private static func row(
        _ criterion: String, _ request: PruningRequest, _ report: ModelReport, seconds: Double
    ) -> SweepRow {
        let (totals, data) = (report.totals, report.pruning?.data)
        return SweepRow(
            criterion: criterion, sparsity: request.sparsity, zeros: report.pruning?.zeros ?? 0,
            fileBytes: totals.fileBytes, flops: totals.flops, sparseFlops: totals.sparseFlops,
            loss: data?.after?.value, accuracy: data?.after?.accuracy, denseLoss: data?.before?.value,
            denseAccuracy: data?.before?.accuracy, seconds: seconds)
    }

    /// What rows of one log have in common.
    private var fingerprint: String {
        let size = (try? InputFile(path: base.input))?.size ?? 0
        return "\(base.input) \(size) \(base.data.map { "\($0)" } ?? "") \(base.validation.map { "\($0)" } ?? "") "
            + "\(base.validationSplit.map { "\($0)" } ?? "") \(base.training.map { "\($0)" } ?? "") "
            + "\(base.allocation ?? "") \(base.criterionOptions) \(base.include) \(base.exclude) \(base.request.minimumKept)"
    }
}
