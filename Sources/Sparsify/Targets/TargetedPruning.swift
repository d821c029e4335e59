internal import ModelIO
internal import Pruning
internal import Reports
internal import Tensors

/// Prunes until a target is met, by trials that are each pruned and measured.
struct TargetedPruning {
    let job: PruneJob
    let target: PruningTarget

    /// A pruning that met the target, and what it was measured to.
    private typealias Found = (pruned: PrunedModel, value: Double)

    func run() throws -> ModelReport {
        try target.check()
        let lossless = try PruningSetup(job, isPruning: false)
        defer { job.options.progress?.beginPart(nil) }
        if case .bytes = target, let report = try withoutPruning(lossless) { return report }
        let setup = try PruningSetup(job, original: lossless.original, isPruning: true)
        var writer = try setup.makeWriter()
        let work = try PruningWork(setup)
        let measure = try TargetMeasure(target, setup, work)
        var (found, report) = try search(setup, work, measure)
        if found.request.sparsity == 0, target.kind != "bytes" {
            // Nothing is pruned, so nothing is stale; the optimizer's state stays.
            writer = nil
            return try converted(lossless, report)
        }
        found.target = report
        found.notes += notes(report, found, work)
        return try job.write(work.evaluated(found), setup, writer)
    }

    /// The file with nothing pruned and nothing left out, where that is small enough already.
    private func withoutPruning(_ setup: PruningSetup) throws -> ModelReport? {
        let work = try PruningWork(setup)
        let measure = try TargetMeasure(target, setup, work)
        let value = try measure.value(work.prune(request(0, of: setup.elements)))
        guard measure.meets(value) else { return nil }
        let trial = TargetTrialReport(zeros: 0, sparsity: 0, value: value, meets: true)
        return try converted(setup, targetReport(reached: value, [trial], resolution: 1))
    }

    private func converted(_ setup: PruningSetup, _ report: TargetReport) throws -> ModelReport {
        let writer = try setup.makeWriter()
        let work = try PruningWork(setup)
        var pruned = try work.prune(request(0, of: setup.elements))
        pruned.target = report
        pruned.notes.append(
            report.trials.contains { !$0.meets }
                ? "nothing was pruned: no sparsity that was tried meets the target"
                : "nothing was pruned: the target is met without")
        return try job.write(work.evaluated(pruned), setup, writer)
    }

    private func search(
        _ setup: PruningSetup, _ work: PruningWork, _ measure: TargetMeasure
    ) throws -> (PrunedModel, TargetReport) {
        let elements = setup.elements
        // Where a pruning is costly, or what is measured is uncertain itself, the last zero is not looked for.
        let isCoarse = setup.entry.needs != .nothing || target.kind == "drop"
        let search = TargetSearch(
            elements: elements, wantsFewest: target.wantsFewestZeros,
            resolution: isCoarse ? max(elements / 2000, 1) : 1)
        var reports: [TargetTrialReport] = []
        var best: Found?
        let trials = try search.run { zeros in
            try job.options.cancellation?.check()
            job.options.progress?.beginPart("trial \(reports.count + 1) of about \(search.expectedTrials)")
            let pruned = try work.prune(request(zeros, of: elements))
            let value = try measure.value(pruned)
            let meets = measure.meets(value)
            reports.append(
                TargetTrialReport(
                    zeros: zeros, sparsity: pruned.request.sparsity, value: value, meets: meets))
            let isBetter =
                best.map { target.wantsFewestZeros == (zeros < $0.pruned.request.zeros(of: elements)) } ?? true
            if meets, isBetter { best = (pruned, value) }
            return meets
        }
        job.options.progress?.beginPart(nil)
        guard let best, search.best(trials) != nil else { throw unreachable(reports, setup) }
        return (best.pruned, targetReport(reached: best.value, reports, resolution: search.resolution))
    }

    private func request(_ zeros: Int, of elements: Int) throws -> PruningRequest {
        var request = job.request
        request.sparsity = elements == 0 ? 0 : Double(zeros) / Double(elements)
        return request
    }

    private func targetReport(reached: Double, _ trials: [TargetTrialReport], resolution: Int) -> TargetReport {
        TargetReport(
            kind: target.kind, limit: target.limit, reached: reached, trials: trials, resolution: resolution)
    }

    private func unreachable(_ trials: [TargetTrialReport], _ setup: PruningSetup) -> SparsifyError {
        let nearest = trials.min { $0.value < $1.value }!
        return SparsifyError(
            .unsupported,
            "No sparsity meets the target of \(target.text(target.limit)): the nearest of \(trials.count) trials comes to "
                + "\(target.text(nearest.value)), with \(NumberText.grouped(nearest.zeros)) of "
                + "\(NumberText.grouped(setup.elements)) prunable elements zero.",
            file: job.input,
            remedy: "Ask for less, or make more tensors prunable with --include; "
                + "`sparsify inspect` says what the others take.")
    }

    private func notes(_ report: TargetReport, _ found: PrunedModel, _ work: PruningWork) -> [String] {
        var notes: [String] = []
        if found.request.sparsity == 0 {
            notes.append("nothing was pruned: without what belongs to training the file is small enough")
        }
        if case .drop = target {
            let kind = work.data.map { "\(NumberText.grouped($0.count)) examples" } ?? "the data"
            notes.append(
                "accuracy does not fall evenly with sparsity: of what was tried this is the sparsest that keeps it on \(kind), "
                    + "and others that were not tried may do so too")
            if let miss = report.trials.last(where: { !$0.meets && $0.sparsity < found.request.sparsity }) {
                notes.append(
                    "at a sparsity of \(NumberText.percent(miss.sparsity)), which is less, accuracy fell by more: "
                        + target.text(miss.value))
            }
        }
        return notes
    }
}
