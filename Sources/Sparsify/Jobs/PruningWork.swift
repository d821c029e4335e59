internal import Inference
internal import ModelIO
internal import Pruning
internal import Reports
internal import SparseModels
internal import Tensors

/// The pruning itself, between reading and writing: by scores of the weights alone, tile by tile, or by what data does in
/// the network, in memory.
struct PruningWork {
    private let setup: PruningSetup
    /// Examples, where there are any; read once, however often is pruned.
    let data: CalibrationData?
    /// Examples that nothing is trained on or chosen by; nil: results are told for `data`.
    let validation: CalibrationData?
    /// How the dense network does on them; nil without labels.
    let before: EvaluationReport?
    private let allocation: String
    private let budget = BudgetMeasure()

    private var job: PruneJob { setup.job }
    private var entry: CriterionEntry { setup.entry }
    private var model: OpenModel { setup.model }
    private var planned: PlannedModel { setup.planned }

    /// - Throws: `usage` where what is asked for contradicts itself or lacks data; what reading the data throws.
    init(_ setup: PruningSetup) throws {
        self.setup = setup
        try Self.check(setup)
        allocation = try Self.allocation(setup)
        let (data, validation) = try Self.loadData(setup)
        self.data = data
        self.validation = validation
        before = try (validation ?? data).flatMap { try Self.evaluate(setup, setup.model.reader, $0) }
    }

    /// Prunes what a request says.
    ///
    /// - Parameter given: how many elements of each prunable tensor go; nil: as the allocation says.
    /// - Throws: what the criterion throws.
    func prune(_ request: PruningRequest, zeros given: [Int]? = nil) throws -> PrunedModel {
        let zeros = try given ?? zeros(request)
        var pruned = PrunedModel(
            request: request, reader: model.reader, tensors: [], allocation: allocation,
            requestedZeros: zeros?.reduce(0, +) ?? request.zeros(of: setup.elements))
        pruned.notes += data?.notes ?? []
        let outcome = try prune(&pruned, zeros)
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
            samples: data.count, available: data.available, seed: data.seed, validationSamples: validation?.count,
            predictedLossChange: outcome?.predictedLossChange, layers: outcome?.layers ?? [],
            recalibratedLayers: recalibrated)
        return pruned
    }

    /// How many elements of each tensor go; nil: so many of all together.
    private func zeros(_ request: PruningRequest) throws -> [Int]? {
        guard allocation == Catalog.budgetAllocation else {
            return try Catalog.allocation(allocation)?.zeros(request, of: planned.tensors, planned.source)
        }
        // Validation data is for results alone.
        guard let data, let dense = try Self.evaluate(setup, model.reader, data) else {
            throw SparsifyError(
                .usage, "What tensors cost is measured on data with labels, and there is none.",
                remedy: "Give it with --data FILE, or use another --allocation.")
        }
        return try budget.zeros(request, planned.tensors, dense: dense.value) { tensor, count in
            try job.options.cancellation?.check()
            var alone = [Int](repeating: 0, count: planned.tensors.count)
            alone[tensor] = count
            return try Self.evaluate(setup, prune(request, zeros: alone).reader, data)!.value
        }
    }

    /// The same with how the network did before, and does now, where there are labels.
    func evaluated(_ pruned: PrunedModel) throws -> PrunedModel {
        guard let before else { return pruned }
        let after = try evaluate(pruned)
        var result = pruned
        result.data?.before = before
        result.data?.after = after
        return result
    }

    /// How a pruned network does on the examples; nil without labels.
    func evaluate(_ pruned: PrunedModel) throws -> EvaluationReport? {
        try (validation ?? data).flatMap { try Self.evaluate(setup, pruned.reader, $0) }
    }

    private static func check(_ setup: PruningSetup) throws {
        let (job, entry) = (setup.job, setup.entry)
        let hasData = job.data.map { !$0.isEmpty } ?? false
        if job.request.sparsity > 0 || job.target != nil, entry.needs != .nothing, !hasData {
            throw SparsifyError(
                .usage, "The criterion '\(entry.id)' looks at data, and none is given.",
                remedy: "Give examples with --data FILE, or --data-x FILE:NAME.")
        }
        if job.recalibratesNormalisation, !hasData {
            throw SparsifyError(
                .usage, "Statistics can be taken from data alone, and none is given.",
                remedy: "Give examples with --data.")
        }
        if job.validation != nil || job.validationSplit != nil, !hasData {
            throw SparsifyError(
                .usage, "There is validation data, and no data that it is apart from.",
                remedy: "Give that with --data.")
        }
        if entry.needs == .training, job.training == nil, job.request.sparsity > 0 || job.target != nil {
            throw SparsifyError(
                .usage, "'\(entry.id)' learns while the network is trained which weights matter.",
                remedy: "Say for how long, with --epochs.")
        }
        if let training = job.training {
            try training.check()
            guard !training.choosesSparsity || entry.findsSparsity else {
                throw SparsifyError(
                    .usage, "'\(entry.id)' ranks weights, and does not say how many go.", remedy: "Add --sparsity.")
            }
            guard !training.choosesSparsity || job.allocation == nil else {
                throw SparsifyError(
                    .usage, "A sparsity that the criterion finds is not shared out by a rule.",
                    remedy: "Add --sparsity, or leave --allocation out.")
            }
            guard hasData else {
                throw SparsifyError(
                    .usage, "A network is trained on data, and none is given.",
                    remedy: "Give examples and labels with --data FILE.")
            }
            guard job.target == nil else {
                throw SparsifyError(
                    .usage, "A target is met by trials, each of which would be a training of its own.",
                    remedy: "Find the sparsity without --epochs first, then train with --sparsity.")
            }
            guard job.allocation != Catalog.budgetAllocation else {
                throw SparsifyError(
                    .usage, "What tensors cost by themselves changes while a network is trained.",
                    remedy: "Use another --allocation.")
            }
            guard job.pattern == nil else {
                throw SparsifyError(
                    .usage, "A pattern is not kept while a network is trained.", remedy: "Leave one of the two out.")
            }
        }
        guard let pattern = job.pattern else { return }
        guard job.target == nil else {
            throw SparsifyError(
                .usage, "The pattern \(pattern) has a sparsity of its own, and cannot be made to meet a target.",
                remedy: "Leave one of the two out.")
        }
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

    private static func allocation(_ setup: PruningSetup) throws -> String {
        let (job, entry) = (setup.job, setup.entry)
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

    private static func loadData(
        _ setup: PruningSetup
    ) throws -> (data: CalibrationData?, validation: CalibrationData?) {
        let job = setup.job
        guard var request = job.data, !request.isEmpty else { return (nil, nil) }
        // A drop of accuracy is measured on all there is, as far as the criterion does not ask for few.
        let isMeasured = if case .drop = job.target { setup.entry.needs == .nothing } else { false }
        let isWhole = setup.entry.needs == .gradients || isMeasured || job.training != nil || job.validationSplit != nil
        if request.samplesAreStandard, isWhole { request.samples = nil }
        let network = try setup.model.network()
        let data = try CalibrationData.load(request, for: network, model: job.input, options: job.options)
        if let split = job.validationSplit {
            let parts = try data.split(keepingApart: split)
            return (parts.rest, parts.last)
        }
        let validation = try job.validation.map {
            try CalibrationData.load($0, for: network, model: job.input, options: job.options)
        }
        guard validation.map({ $0.labels != nil }) ?? true else {
            throw SparsifyError(
                .usage, "The validation data has no labels, so that nothing can be told for it.",
                file: job.validation?.file,
                remedy: "Give them as y in the file.")
        }
        return (data, validation)
    }

    private func prune(_ pruned: inout PrunedModel, _ zeros: [Int]?) throws -> DataOutcome? {
        let request = pruned.request
        if let training = job.training { return try train(&pruned, training) }
        switch entry.make {
        case .data(let make) where request.sparsity > 0:
            guard let data else { return nil }
            let working = try WorkingModel(model, planned)
            let outcome = try located(job.input) {
                try make(job.criterionOptions).prune(
                    DataTask(
                        model: working, data: data, request: request, zeros: zeros, pattern: job.pattern,
                        options: job.options))
            }
            pruned.reader = working.shown
            pruned.tensors = outcome.tensors
            pruned.notes += outcome.notes
            if job.pattern != nil { pruned.requestedZeros = outcome.tensors.reduce(0) { $0 + $1.pruned } }
            return outcome
        case .data, .learned:
            // At sparsity 0 nothing is looked at.
            let plan = try planned.plan(request, zeros: zeros, MagnitudeCriterion(), job.options)
            (pruned.reader, pruned.tensors) = (PrunedReader(planned, plan), plan.tensors.map(\.outcome))
            return nil
        case .weights(let make):
            let plan = try planned.plan(request, zeros: zeros, make(job.criterionOptions), job.options)
            (pruned.reader, pruned.tensors) = (PrunedReader(planned, plan), plan.tensors.map(\.outcome))
            return nil
        }
    }

    private func train(_ pruned: inout PrunedModel, _ training: TrainingRequest) throws -> DataOutcome? {
        guard let data else { return nil }
        let working = try WorkingModel(model, planned)
        let outcome = try located(job.input) {
            let task = DataTask(
                model: working, data: data, request: pruned.request, zeros: nil, pattern: nil, options: job.options)
            let validate = validation.map { validation in
                {
                    var quiet = setup
                    quiet.job.options.progress = nil
                    return try Self.evaluate(quiet, working.shown, validation)!
                }
            }
            return try TrainedPruning(
                task, training, entry, job.criterionOptions, rule: Catalog.allocation(allocation), evaluate: validate
            ).run()
        }
        pruned.reader = working.shown
        pruned.tensors = outcome.tensors
        pruned.training = outcome.report
        pruned.request.sparsity = outcome.sparsity
        pruned.requestedZeros = outcome.requestedZeros
        pruned.notes += outcome.notes
        return nil
    }

    /// How the network does with the weights that a reader shows; nil without labels.
    private static func evaluate(
        _ setup: PruningSetup, _ reader: any ModelReader, _ data: CalibrationData
    ) throws -> EvaluationReport? {
        let (job, model) = (setup.job, setup.model)
        guard let labels = data.labels else { return nil }
        return try located(job.input) {
            let predictor = try Predictor(
                model.analysis.document, reader, threads: job.options.threads, kernels: .dense)
            let output = try predictor.output(data, job.options)
            let found = try Evaluation(output, labels, predictor.network, labels: data.labelSource)
            return EvaluationReport(loss: found.loss.rawValue, value: found.value, accuracy: found.accuracy)
        }
    }
}
