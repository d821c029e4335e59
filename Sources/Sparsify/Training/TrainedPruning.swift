internal import Inference
internal import Networks
internal import Pruning
internal import Reports
internal import Tensors
internal import Training

/// Trains a network while it is pruned by a schedule, and after. What was pruned stays zero, in weights, gradients and
/// moments, until the mask is chosen anew.
final class TrainedPruning {
    private let training: TrainingRequest
    private let choices: TrainingChoices
    private let request: PruningRequest
    private let entry: CriterionEntry
    private let criterionOptions: CriterionOptions
    private let data: CalibrationData
    private let model: WorkingModel
    private let options: JobOptions
    /// How the network does with the weights that a reader shows; nil where there is no validation data.
    private let evaluate: (() throws -> EvaluationReport)?

    private let weights: TrainedWeights
    private let masks: MaskChooser
    private let trainer: Trainer
    private let shadow: MaskedWeights?
    private let learned: (any LearnedSparsity)?
    private let times: PruningTimes
    private var state = TrainingState()
    private let log: TrainingLog?
    private let checkpoint: TrainingCheckpoint?
    private let normalisations: Int
    /// Examples that the statistics of batch normalisations are taken from.
    private let statisticsData: CalibrationData

    private static let statisticsSamples = 1024
    /// The share of the learning over which a penalty grows.
    private static let rampShare = 1.0 / 3

    struct Outcome {
        var tensors: [TensorOutcome]
        var requestedZeros: Int
        /// What was asked for, or what the criterion found.
        var sparsity: Double
        var report: TrainingReport
        var notes: [String]
    }

    init(
        _ task: DataTask, _ training: TrainingRequest, _ entry: CriterionEntry, _ criterionOptions: CriterionOptions,
        rule: (any SparsityAllocation)?, evaluate: (() throws -> EvaluationReport)?
    ) throws {
        self.training = training
        choices = TrainingChoices(training, for: entry)
        self.entry = entry
        self.criterionOptions = criterionOptions
        self.evaluate = evaluate
        (request, data, model, options) = (task.request, task.data, task.model, task.options)
        if training.regrows, entry.needs != .nothing {
            throw SparsifyError(
                .usage,
                "'\(entry.id)' goes by what weights do in the network, and cannot rank those that it runs without.",
                remedy: "Leave --regrow out, or use a criterion that needs no data: `sparsify criteria` lists them.")
        }
        if training.patience != nil, evaluate == nil {
            throw SparsifyError(
                .usage, "Whether results get better is seen on validation data, and there is none.",
                remedy: "Give it with --validation FILE or --validation-split SHARE, or leave --patience out.")
        }
        masks = MaskChooser(task, entry, criterionOptions, rule: rule, choosesSparsity: training.choosesSparsity)
        let examples = try data.examples(for: model.network, criterion: "training")
        let trainerOptions = try training.options(
            choices, seed: criterionOptions.seed, examples: examples.count, threads: options.threads)
        weights = try TrainedWeights(model, ParameterTable(model.network))
        let start = try weights.parameters()
        shadow = training.regrows ? MaskedWeights() : nil
        let steps = Double(trainerOptions.steps(examples: examples.count))
        learned =
            if case .learned(let make) = entry.make {
                try make(
                    criterionOptions,
                    LearningTask(
                        weights.table, entries: weights.prunableEntries,
                        weight: criterionOptions.penalty ?? (training.choosesSparsity ? 1 : 0.5),
                        ramp: choices.end * Self.rampShare,
                        reach: trainerOptions.learningRate * choices.end * steps, threads: options.threads))
            } else { nil }
        let network = training.usesNoise ? try model.model.trainingNetwork() : model.network
        trainer = try Trainer(
            network, start, examples, loss: criterionOptions.loss, options: trainerOptions,
            parametrisation: learned ?? shadow)
        times = try PruningTimes(
            training.sparsitySchedule(choices), final: request.sparsity, start: choices.start, end: choices.end,
            frequency: training.frequency, steps: trainer.steps)
        if let share = training.distillation {
            let teacher = try LossGradients<Float>(
                model.network, loss: criterionOptions.loss, hasClasses: trainer.head.kind == .crossEntropy,
                threads: options.threads)
            trainer.teacher = try Distillation(
                outputs: teacher.outputs(start, examples), examples: examples.count, head: trainer.head,
                length: trainer.outputLength, temperature: training.temperature, share: share)
        }
        normalisations = network.program.steps.count { step in
            guard case .affine(let affine) = step.primitive, case .batchStatistics = affine.source else { return false }
            return !step.parameters.contains(where: network.isFrozen)
        }
        statisticsData = try data.sample(Self.statisticsSamples, seed: criterionOptions.seed)
        log = try training.log.map(TrainingLog.init)
        let fingerprint = try TrainingFingerprint.of(
            training, choices, task.request, entry, criterionOptions, rule?.id, examples, start,
            isValidated: evaluate != nil)
        checkpoint = try training.checkpoint.map { try TrainingCheckpoint(folder: $0, fingerprint: fingerprint) }
    }

    /// Trains to the end, and leaves the weights in the model.
    ///
    /// - Throws: `numerical` where the loss is no number any more; what the criterion and running the network throw.
    func run() throws -> Outcome {
        let saved = try checkpoint?.load(
            variables: trainer.values.count, moments: trainer.moments.count, parameters: weights.table.count,
            steps: trainer.steps, masks: model.tensors.map(\.elementCount))
        if let saved { try restore(saved) }
        options.progress?.begin("training", total: trainer.steps)
        options.progress?.add(state.step)
        var isStopped = hasStopped
        while !trainer.isDone, !isStopped {
            try options.cancellation?.check()
            if trainer.step == training.rewindEpoch.map({ $0 * trainer.stepsPerEpoch }) {
                state.rewound = trainer.parameters()
            }
            if isPruning, let sparsity = times.sparsities[trainer.step] { try prune(to: sparsity) }
            try advance()
            options.progress?.add(1)
            if trainer.step % trainer.stepsPerEpoch == 0 {
                try endEpoch()
                isStopped = hasStopped
                try save()
            } else if checkpoint?.isDue ?? false {
                try save()
            }
        }
        return try finish(isStopped: isStopped && !trainer.isDone)
    }

    private var isPruning: Bool { request.sparsity > 0 || training.choosesSparsity }

    private var hasStopped: Bool {
        guard let patience = training.patience, let best = state.best else { return false }
        return state.curve.count - best.epoch >= patience
    }

    private func advance() throws {
        let step = try trainer.advance()
        state.running.loss += (step.loss + step.penalty) * Double(step.examples)
        state.running.examples += step.examples
        state.running.correct += step.correct
        state.running.counted += step.counted
    }

    /// Chooses the mask anew, from the weights as they are.
    private func prune(to sparsity: Double) throws {
        let all = shadow == nil ? trainer.parameters() : Array(trainer.values[..<weights.table.count])
        try weights.store(all, kept: nil, onlyPrunable: entry.needs == .nothing)
        if [.activations, .gradients].contains(entry.needs) { try settleStatistics() }
        let choice = try masks.choose(
            sparsity,
            learned: learned.map { .init(scores: weights.byTensor(scores($0)), threshold: $0.threshold) })
        if choice.movesKept { trainer.set(try weights.parameters()) }
        state.kept = choice.kept
        state.outcomes = choice.outcomes
        state.requestedZeros = choice.requestedZeros
        state.sparsity = choice.sparsity
        state.chosenSparsity = choice.requestedSparsity
        hold()
        if let learned, trainer.step == times.last {
            trainer.set(trainer.parameters())
            learned.isSettled = true
            trainer.hold(learned.isKept)
        }
        if let rewound = state.rewound {
            trainer.set(rewound)
            trainer.clearMoments()
        }
    }

    /// What is pruned already goes first where it is zero for good, whatever was learned of it since.
    private func scores(_ learned: any LearnedSparsity) -> [Float] {
        var scores = learned.scores(trainer.values)
        if !learned.letsReturn, let isKept = learned.isKept {
            for index in isKept.indices where !isKept[index] { scores[index] = 0 }
        }
        return scores
    }

    private func hold() {
        let mask = state.kept.map(weights.mask)
        if let shadow {
            shadow.isKept = mask
            return
        }
        if let learned {
            learned.isKept = mask
            // The last pruning is made before its step.
            learned.isSettled = trainer.step > times.last
            if learned.letsReturn, !learned.isSettled { return }
        }
        trainer.hold(mask)
    }

    private func endEpoch() throws {
        let (sums, epoch) = (state.running, state.curve.count + 1)
        state.running = .init()
        let parameters = trainer.parameters()
        var found: EvaluationReport?
        if let evaluate {
            try weights.store(parameters, kept: state.kept)
            try settleStatistics()
            found = try evaluate()
        }
        let rate =
            trainer.options.learningRate
            * trainer.options.schedule.factor(step: max(trainer.step - 1, 0), of: trainer.steps)
        let point = TrainingPoint(
            epoch: epoch, step: trainer.step, sparsity: state.sparsity, learningRate: rate,
            loss: sums.loss / Double(max(sums.examples, 1)),
            accuracy: sums.counted > 0 ? Double(sums.correct) / Double(sums.counted) : nil,
            validationLoss: found?.value, validationAccuracy: found?.accuracy)
        state.curve.append(point)
        if let found, trainer.step > times.last || !isPruning, state.best?.isWorse(than: found) ?? true {
            state.best = .init(epoch: epoch, loss: found.value, accuracy: found.accuracy, parameters: parameters)
        }
        try log?.write(state.curve)
        let accuracy =
            (point.validationAccuracy ?? point.accuracy).map { ", " + NumberText.percent($0) + " right" } ?? ""
        options.progress?.rename(
            "training: epoch \(epoch) of \(training.epochs), loss \(NumberText.fixed(point.validationLoss ?? point.loss, 4))"
                + "\(accuracy), sparsity \(NumberText.percent(point.sparsity))")
    }

    /// Takes the statistics of batch normalisations, which in training go by the batch, from examples.
    private func settleStatistics() throws {
        guard normalisations > 0 else { return }
        var quiet = options
        quiet.progress = nil
        _ = try StatisticsRecalibration(
            model: model, data: statisticsData, options: quiet, sparesFrozen: true
        ).run()
    }

    private func save() throws {
        guard let checkpoint else { return }
        state.step = trainer.step
        state.values = Array(trainer.values)
        state.moments = trainer.moments.map { Array($0) }
        try checkpoint.save(state)
    }

    private func restore(_ saved: TrainingState) throws {
        state = saved
        trainer.restore(
            step: saved.step, values: saved.values, moments: saved.moments,
            isKept: shadow == nil && learned == nil ? saved.kept.map(weights.mask) : nil)
        if shadow != nil || learned != nil { hold() }
        try log?.write(state.curve)
    }

    private func finish(isStopped: Bool) throws -> Outcome {
        try weights.store(state.best?.parameters ?? trainer.parameters(), kept: state.kept)
        try settleStatistics()
        if state.outcomes.isEmpty {
            state.outcomes = model.tensors.map { TensorOutcome(pruned: 0, kept: $0.elementCount) }
        }
        let report = TrainingReport(
            epochs: training.epochs, steps: trainer.step, examples: data.count, batch: trainer.options.batch,
            optimizer: choices.optimizer, learningRate: trainer.options.learningRate,
            rateSchedule: training.rateSchedule, schedule: choices.schedule,
            prunings: isPruning ? times.sparsities.count : 0, lastPruning: times.last,
            seed: criterionOptions.seed, keptEpoch: state.best?.epoch ?? state.curve.count, stoppedEarly: isStopped,
            curve: state.curve)
        return Outcome(
            tensors: state.outcomes, requestedZeros: state.requestedZeros,
            sparsity: training.choosesSparsity ? state.chosenSparsity : request.sparsity, report: report,
            notes: TrainingNotes.of(
                model.network, normalisations: normalisations, samples: statisticsData.count,
                usesNoise: training.usesNoise))
    }
}
