internal import ModelIO
internal import Pruning
internal import Reports
internal import Tensors

/// What a pruning asked for and came to, for the report and for the file itself.
struct PruningSummary {
    let job: PruneJob
    let entry: CriterionEntry
    let original: OpenModel
    let model: OpenModel
    let selection: TensorSelection
    let plan: PruningPlan

    private var prunableElements: Int { plan.tensors.reduce(0) { $0 + $1.pruned + $1.kept } }

    private var requestedZeros: Int {
        switch job.request.scope {
        case .global: job.request.zeros(of: prunableElements)
        case .layer: plan.tensors.reduce(0) { $0 + job.request.zeros(of: $1.pruned + $1.kept) }
        }
    }

    private var seed: UInt64? { entry.usesSeed ? job.criterionOptions.seed : nil }

    /// Kept in a `.spm` file, so that it tells how it was made.
    var metadata: [String: String] {
        var result = ["source.format": model.reader.formatID]
        guard job.request.sparsity > 0 else { return result }
        result["pruning.criterion"] = entry.id
        result["pruning.scope"] = job.request.scope.rawValue
        result["pruning.sparsity"] = "\(job.request.sparsity)"
        if let seed { result["pruning.seed"] = "\(seed)" }
        return result
    }

    /// The report on the file just written, checked against the plan.
    func written() throws -> ModelReport {
        // This program wrote the file, so it needs no probe.
        var options = job.options
        options.probeExecutable = nil
        let output = try OpenModel(job.output, options: options)
        var report = try ModelInspector(model: output, selection: selection, options: options).report(
            scansValues: job.verifies)
        try check(report)
        complete(&report)
        return report
    }

    private func check(_ report: ModelReport) throws {
        guard job.verifies else { return }
        for (ordinal, index) in selection.prunable.enumerated() {
            let tensor = report.tensors[index]
            let kept = plan.tensors[ordinal].kept
            guard let nonzeros = tensor.nonzeros, nonzeros <= kept else {
                throw SparsifyError(
                    .disagreement,
                    "\(tensor.nonzeros ?? 0) elements are non-zero in the file, but \(kept) were to be kept.",
                    file: job.output, tensor: tensor.name, remedy: "The file cannot be trusted; please report this.")
            }
        }
    }

    /// What would be written, predicted from entropy bounds: no file is made.
    func predicted(format: any ModelFormat) throws -> ModelReport {
        var tensors: [TensorReport] = []
        let ordinals = Dictionary(uniqueKeysWithValues: selection.prunable.enumerated().map { ($1, $0) })
        for (index, info) in model.reader.tensors.enumerated() {
            let planned = ordinals[index].map { plan.tensors[$0] }
            var tensor = TensorReport(
                name: info.name, shape: info.shape.dimensions, type: info.elementType.name, elements: info.elementCount,
                nonzeros: planned?.kept, denseBytes: info.byteCount, fileBytes: nil, encoding: "",
                prunable: selection.choices[index].isPrunable, reason: selection.choices[index].reason,
                layer: model.analysis.layerNames[index])
            if format.id == "spm" {
                let indexBytes = Int(((tensor.indexBoundBits ?? 0) / 8).rounded(.up))
                let values = (planned?.kept ?? info.elementCount) * info.elementType.byteWidth
                tensor.indexBytes = indexBytes
                tensor.valueBytes = values
                tensor.fileBytes = indexBytes + values
            } else {
                tensor.fileBytes = info.byteCount
            }
            tensors.append(tensor)
        }
        var report = ModelReport(
            file: job.output, format: format.id, layout: model.analysis.layoutName,
            fileBytes: tensors.reduce(0) { $0 + ($1.fileBytes ?? 0) }, tensors: tensors)
        report.notes.append(
            "dry run: nothing was written; bytes are predicted from the information bound of the masks and raw values, "
                + "which compression may undercut")
        complete(&report)
        return report
    }

    private func complete(_ report: inout ModelReport) {
        report.source = SourceReport(
            file: job.input, fileBytes: original.reader.fileSize,
            optimizerBytesDropped: model.droppedOptimizerBytes)
        if job.request.sparsity > 0 {
            report.pruning = PruningReport(
                criterion: entry.id, seed: seed, scope: job.request.scope.rawValue,
                requestedSparsity: job.request.sparsity, prunableElements: prunableElements,
                requestedZeros: requestedZeros, zeros: zeros(report))
        }
        report.notes = model.reader.warnings + model.notes + planNotes + report.notes
    }

    private func zeros(_ report: ModelReport) -> Int {
        let found = selection.prunable.map { index in
            report.tensors[index].nonzeros.map { report.tensors[index].elements - $0 }
        }
        return zip(found, plan.tensors).reduce(0) { $0 + ($1.0 ?? $1.1.pruned) }
    }

    private var planNotes: [String] {
        var notes: [String] = []
        let names = selection.prunable.map { model.reader.tensors[$0].name }
        let held = zip(names, plan.tensors).filter { $1.isHeldByFloor }
        if !held.isEmpty {
            notes.append(
                "the floor of --min-keep \(job.request.minimumKept) kept weights in "
                    + held.map { $0.0 }.joined(separator: ", ") + " that the sparsity alone would have pruned")
        }
        for (name, tensor) in zip(names, plan.tensors) where tensor.nonfinite > 0 {
            notes.append(
                "\(name) has \(tensor.nonfinite) weights that are NaN, infinite or as large; they are pruned last")
        }
        let missing = requestedZeros - plan.tensors.reduce(0) { $0 + $1.pruned }
        if missing > 0 { notes.append("\(missing) fewer zeros than asked for, because of the floor") }
        return notes
    }
}
