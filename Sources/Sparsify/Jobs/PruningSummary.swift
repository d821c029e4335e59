internal import ModelIO
internal import Pruning
internal import Reports
internal import SPMFormat
internal import Tensors

/// What a pruning asked for and came to, for the report and for the file itself.
struct PruningSummary {
    let setup: PruningSetup
    let pruned: PrunedModel

    private var job: PruneJob { setup.job }
    private var entry: CriterionEntry { setup.entry }
    private var model: OpenModel { setup.model }
    private var selection: TensorSelection { setup.selection }

    private var prunableElements: Int { pruned.tensors.reduce(0) { $0 + $1.pruned + $1.kept } }

    private var seed: UInt64? { entry.usesSeed ? job.criterionOptions.seed : nil }

    /// Kept in a `.spm` file, so that it tells how it was made.
    var metadata: [String: String] {
        var result = model.reader.metadata
        guard pruned.request.sparsity > 0 || pruned.training != nil else { return result }
        for key in result.keys where key.hasPrefix("pruning.") { result[key] = nil }
        result["pruning.criterion"] = entry.id
        result["pruning.scope"] = pruned.scope.rawValue
        result["pruning.sparsity"] = "\(pruned.request.sparsity)"
        if let target = job.target { result["pruning.target"] = "\(target.kind) \(target.limit)" }
        if let training = pruned.training {
            result["pruning.schedule"] = training.schedule
            result["pruning.epochs"] = "\(training.curve.count)"
            result["pruning.training-seed"] = "\(training.seed)"
        }
        if let seed { result["pruning.seed"] = "\(seed)" }
        if let pattern = job.pattern { result["pruning.pattern"] = "\(pattern)" }
        if !["global", "uniform"].contains(pruned.allocation) { result["pruning.allocation"] = pruned.allocation }
        if let data = pruned.data, entry.needs != .nothing {
            result["pruning.samples"] = "\(data.samples)"
            if let seed = data.seed { result["pruning.data-seed"] = "\(seed)" }
        }
        return result
    }

    /// The report on the file just written, checked against what was given to its writer.
    ///
    /// - Parameter given: non-zeros of each tensor, as the writer was given them.
    func written(_ given: [Int]) throws -> ModelReport {
        let options = job.options.forOwnOutput
        let output = try OpenModel(job.output, options: options)
        let order = try TensorOrder(of: output.reader, from: model.reader)
        var report = try ModelInspector(model: output, selection: selection.inOrder(order), options: options).report(
            scansValues: job.verifies)
        if job.verifies { try TensorCopy.check(report, given: order(given)) }
        complete(&report)
        return report
    }

    /// The report on the file that would be written.
    ///
    /// - Parameter writer: has encoded everything where the format is `.spm`, so that its sizes are exact.
    func predicted(writer: (any ModelWriter)?) throws -> ModelReport {
        let storage: TensorStorage =
            if let spm = writer as? SPMWriter {
                .measured(spm, path: job.output)
            } else {
                .guessed(path: job.output, formatID: setup.format.id, tensors: pruned.reader.tensors)
            }
        var report = try ModelInspector(
            model: model.seen(through: pruned.reader), selection: selection, storage: storage, options: job.options
        ).report(scansValues: job.verifies)
        var note = "dry run: nothing was written"
        if case .guessed = storage { note += "; bytes are those of the dense values, without what else the file holds" }
        report.notes.append(note)
        if !job.overwrites, (try? InputFile(path: job.output)) != nil {
            report.notes.append("\(job.output) exists already; without --force it would not be replaced")
        }
        complete(&report)
        return report
    }

    private func complete(_ report: inout ModelReport) {
        report.source = SourceReport(
            file: job.input, fileBytes: setup.original.reader.fileSize,
            optimizerBytesDropped: model.droppedOptimizerBytes)
        if pruned.request.sparsity > 0 || pruned.target != nil || pruned.training != nil {
            report.pruning = PruningReport(
                criterion: entry.id, seed: seed, scope: pruned.scope.rawValue, allocation: pruned.allocation,
                pattern: job.pattern?.description, requestedSparsity: pruned.request.sparsity,
                prunableElements: prunableElements, requestedZeros: pruned.requestedZeros, zeros: zeros(report),
                data: pruned.data, target: pruned.target,
                training: pruned.training)
        }
        report.notes = model.reader.warnings + model.notes + setup.losses + pruned.notes + planNotes + report.notes
    }

    private func zeros(_ report: ModelReport) -> Int {
        let tensors = Dictionary(report.tensors.map { ($0.name, $0) }) { first, _ in first }
        let found = selection.prunable.map { index in
            tensors[model.reader.tensors[index].name].flatMap { tensor in tensor.nonzeros.map { tensor.elements - $0 } }
        }
        return zip(found, pruned.tensors).reduce(0) { $0 + ($1.0 ?? $1.1.pruned) }
    }

    /// A few names, and how many more there are.
    private static func listed(_ names: [String]) -> String {
        let shown = names.prefix(5).joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }

    private var planNotes: [String] {
        var notes: [String] = []
        let names = selection.prunable.map { model.reader.tensors[$0].name }
        let held = zip(names, pruned.tensors).filter { $1.isHeldByFloor }
        if !held.isEmpty {
            notes.append(
                "the floor of --min-keep \(pruned.request.minimumKept) kept weights in "
                    + Self.listed(held.map { $0.0 }) + " that the sparsity alone would have pruned")
        }
        let nonfinite = zip(names, pruned.tensors).filter { $1.nonfinite > 0 }
        if !nonfinite.isEmpty {
            notes.append(
                "\(nonfinite.reduce(0) { $0 + $1.1.nonfinite }) weights are NaN, infinite or as large, and are pruned last: in "
                    + Self.listed(nonfinite.map { $0.0 }))
        }
        let missing = pruned.requestedZeros - pruned.tensors.reduce(0) { $0 + $1.pruned }
        if missing > 0 { notes.append("\(missing) fewer zeros than asked for, because of the floor") }
        return notes
    }
}
