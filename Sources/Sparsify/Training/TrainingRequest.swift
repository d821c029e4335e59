internal import Pruning
internal import Tensors
internal import Training

/// How a network is trained while, and after, it is pruned.
public struct TrainingRequest: Sendable, Hashable {
    public var epochs: Int
    /// Examples in a step.
    public var batch = 128
    /// Names, as `sparsify prune --help` lists them; nil: what is usual for the criterion.
    public var optimizer: String?
    public var schedule: String?
    public var rateSchedule = "cosine"
    /// Nil: what is usual for the optimizer.
    public var learningRate: Double?
    /// Share of the training in which the learning rate rises to its height.
    public var warmUp = 0.0
    public var weightDecay = 0.0
    public var l1 = 0.0
    /// The longest that a gradient may be: a longer one is shortened, which keeps a training from running off; nil: any.
    public var clipNorm: Double? = 1
    /// Shares of the training between which weights are pruned.
    public var start: Double?
    public var end: Double?
    /// Steps from one pruning to the next; nil: a hundredth of the training.
    public var frequency: Int?
    /// Share of the weights left that goes in a round of the schedule `iterative`.
    public var fraction = 0.2
    /// Whether weights that were pruned go on being trained, and may come back when the mask is chosen anew.
    public var regrows = false
    /// After each pruning the weights that are kept go back to what they were after so many epochs; nil: they stay.
    public var rewindEpoch: Int?
    /// Whether layers drop and disturb values as their configuration says. A small network that is
    /// being pruned did better without.
    public var usesNoise = false
    /// What the dense network's outputs count against the labels, 0 to 1; nil: nothing.
    public var distillation: Double?
    /// What the outputs of both are divided by before they are compared.
    public var temperature = 4.0
    /// Epochs without a better result on the validation data after which the training ends; nil: it goes on.
    public var patience: Int?
    /// A folder in which the training's state is kept, to go on from after an interruption.
    public var checkpoint: String?
    /// A file that gets a line of JSON for each epoch.
    public var log: String?
    /// Whether a criterion that is learned says how many weights go.
    public var choosesSparsity = false

    public init(epochs: Int) { self.epochs = epochs }

    func check() throws(SparsifyError) {
        func fail(_ text: String) -> SparsifyError { SparsifyError(.usage, text) }
        guard (0...1).contains(warmUp) else { throw fail("The warm-up is \(warmUp) of the training; it is a share.") }
        guard distillation.map({ (0...1).contains($0) }) ?? true else {
            throw fail("The teacher's share is \(distillation ?? 0); it lies between 0 and 1.")
        }
        guard temperature > 0, temperature.isFinite else {
            throw fail("The temperature is \(temperature); it is positive.")
        }
        guard patience.map({ $0 > 0 }) ?? true else { throw fail("A patience of \(patience ?? 0) epochs is none.") }
        guard rewindEpoch.map({ $0 >= 0 && $0 < epochs }) ?? true else {
            throw fail("Weights cannot be taken back to epoch \(rewindEpoch ?? 0) of \(epochs).")
        }
        guard rewindEpoch == nil || !regrows else {
            throw fail(
                "Weights that are taken back to an earlier epoch cannot go on being trained where they are pruned.")
        }
    }

    /// - Throws: `usage` where a name is not known or a number is none to work with.
    func options(
        _ choices: TrainingChoices, seed: UInt64, examples: Int, threads: Int
    ) throws -> TrainerOptions {
        var options = TrainerOptions()
        options.optimizer = try Catalog.optimizer(choices.optimizer)
        options.learningRate = learningRate ?? options.optimizer.standardRate
        options.schedule = try Catalog.rateSchedule(rateSchedule)
        (options.weightDecay, options.l1, options.clipNorm) = (weightDecay, l1, clipNorm)
        (options.batch, options.epochs, options.seed, options.threads) = (batch, epochs, seed, threads)
        try check()
        try options.check()
        if warmUp > 0 {
            let steps = warmUp * Double(options.steps(examples: examples))
            options.schedule = WarmUpRate(steps: Int(steps), then: options.schedule)
        }
        return options
    }

    func sparsitySchedule(_ choices: TrainingChoices) throws -> any SparsitySchedule {
        choices.schedule == "iterative"
            ? try IterativeSchedule(fraction: fraction) : try Catalog.sparsitySchedule(choices.schedule)
    }
}
