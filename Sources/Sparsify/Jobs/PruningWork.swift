internal import Inference
internal import ModelIO
internal import Pruning
internal import Reports
internal import SparseModels
internal import Tensors

/// The pruning itself, between reading and writing: by scores of the weights alone, tile by tile, or by what data does in
/// the network, in memory.
struct PruningWork {
    let job: PruneJob
    let entry: CriterionEntry
    let model: OpenModel
    let planned: PlannedModel

    private var isIdle: Bool { job.request.sparsity == 0 }

    /// - Throws: `usage` where what is asked for contradicts itself or lacks data; what the criterion throws.
    func run() throws -> PrunedModel {
        try check()
        let allocation = try self.allocation()
        let rule = try Catalog.allocation(allocation)
        let zeros = try rule?.zeros(job.request, of: planned.tensors, planned.source)
        var pruned = PrunedModel(
            reader: model.reader, tensors: [], allocation: allocation,
            requestedZeros: zeros?.reduce(0, +)
                ?? job.request.zeros(of: planned.tensors.reduce(0) { $0 + $1.elementCount }))
        let data = try loadData(&pruned)
        let before = try data.flatMap { try evaluate(model.reader, $0) }
        let outcome = try prune(&pruned, zeros, data)
        guard let data else { return pruned }
        var recalibrated: [String] = []
        if job.recalibratesNormalisation {
            let working = try WorkingModel(model.seen(through: pruned.reader), planned)
            recalibrated = try StatisticsRecalibration(model: working, data: data, options: job.options).run()
            if recalibrated.isEmpty {
                pruned.notes.append("there is no batch normalisation whose statistics could be taken anew")
            }
            pruned.reader = working.shown
        }
        pruned.data = DataReport(
            samples: data.count, available: data.available, seed: data.seed, before: before,
            after: before == nil ? nil : try evaluate(pruned.reader, data),
            predictedLossChange: outcome?.predictedLossChange, layers: outcome?.layers ?? [],
            recalibratedLayers: recalibrated)
        return pruned
    }

    private func check() throws {
        let hasData = job.data.map { !$0.isEmpty } ?? false
        if !isIdle, entry.needs != .nothing, !hasData {
            throw SparsifyError(
                .usage, "The criterion '\(entry.id)' looks at data, and none is given.",
                remedy: "Give examples with --data FILE, or --data-x FILE:NAME.")
        }
        if job.recalibratesNormalisation, !hasData {
            throw SparsifyError(
                .usage, "Statistics can be taken from data alone, and none is given.",
                remedy: "Give examples with --data.")
        }
        guard let pattern = job.pattern else { return }
        guard entry.isLayerwise else {
            let names = Catalog.criteria.filter(\.isLayerwise).map(\.id).joined(separator: ", ")
            throw SparsifyError(
                .usage, "A pattern goes by the inputs of a layer, which '\(entry.id)' does not look at.",
                remedy: "Use one of: \(names).")
        }
        guard job.request.sparsity == pattern.sparsity, job.allocation ?? "uniform" == "uniform" else {
            throw SparsifyError(
                .usage, "The pattern \(pattern) has a sparsity of its own, \(pattern.sparsity) of each tensor.",
                remedy: "Leave --sparsity and --allocation out.")
        }
    }

    private func allocation() throws -> String {
        guard entry.isLayerwise else {
            return job.allocation ?? (job.request.scope == .global ? Catalog.globalAllocation : "uniform")
        }
        guard job.allocation != Catalog.globalAllocation else {
            throw SparsifyError(
                .usage,
                "'\(entry.id)' prunes each tensor by itself: its scores in one do not compare with those in another.",
                remedy: "Use another --allocation: \(Catalog.allocations.map(\.id).joined(separator: ", ")).")
        }
        return job.allocation ?? "uniform"
    }

    private func loadData(_ pruned: inout PrunedModel) throws -> CalibrationData? {
        guard var request = job.data, !request.isEmpty else { return nil }
        if request.samplesAreStandard, entry.needs == .gradients { request.samples = nil }
        let data = try CalibrationData.load(
            request, for: model.network(), model: job.input, options: job.options)
        pruned.notes += data.notes
        return data
    }

    private func prune(_ pruned: inout PrunedModel, _ zeros: [Int]?, _ data: CalibrationData?) throws -> DataOutcome? {
        switch entry.make {
        case .data(let make) where !isIdle:
            guard let data else { return nil }
            let working = try WorkingModel(model, planned)
            let outcome = try located(job.input) {
                try make(job.criterionOptions).prune(
                    DataTask(
                        model: working, data: data, request: job.request, zeros: zeros, pattern: job.pattern,
                        options: job.options))
            }
            pruned.reader = working.shown
            pruned.tensors = outcome.tensors
            pruned.notes += outcome.notes
            if job.pattern != nil { pruned.requestedZeros = outcome.tensors.reduce(0) { $0 + $1.pruned } }
            return outcome
        case .data:
            // At sparsity 0 nothing is looked at.
            let plan = try planned.plan(job.request, zeros: zeros, MagnitudeCriterion(), job.options)
            (pruned.reader, pruned.tensors) = (PrunedReader(planned, plan), plan.tensors.map(\.outcome))
            return nil
        case .weights(let make):
            let plan = try planned.plan(job.request, zeros: zeros, make(job.criterionOptions), job.options)
            (pruned.reader, pruned.tensors) = (PrunedReader(planned, plan), plan.tensors.map(\.outcome))
            return nil
        }
    }

    /// How the network does with the weights that a reader shows; nil without labels.
    private func evaluate(_ reader: any ModelReader, _ data: CalibrationData) throws -> EvaluationReport? {
        guard let labels = data.labels else { return nil }
        return try located(job.input) {
            let predictor = try Predictor(
                model.analysis.document, reader, threads: job.options.threads, kernels: .dense)
            let outputs: [Tensor<Float>] = try predictor.predict(
                data.inputs, batch: data.batch, progress: job.options.progress,
                cancellation: job.options.cancellation)
            let found = try Evaluation(outputs[0], labels, predictor.network, labels: data.labelSource)
            return EvaluationReport(loss: found.loss.rawValue, value: found.value, accuracy: found.accuracy)
        }
    }
}
