/// How a network was trained while it was pruned.
public struct TrainingReport: Sendable, Hashable, Encodable {
    public var epochs: Int
    public var steps: Int
    /// Examples that it was trained on, and those of a step.
    public var examples: Int
    public var batch: Int
    public var optimizer: String
    /// At its height, and how it changed.
    public var learningRate: Double
    public var rateSchedule: String
    /// How the sparsity grew, in how many prunings, and the step before which the last of them was.
    public var schedule: String
    public var prunings: Int
    public var lastPruning: Int
    /// The seed of the order of the examples.
    public var seed: UInt64
    /// Epochs after which the weights are those of the file; fewer than there were where an earlier result was better.
    public var keptEpoch: Int
    /// Whether the training ended before its time because results did not get better.
    public var stoppedEarly: Bool
    /// After each epoch.
    public var curve: [TrainingPoint]

    public init(
        epochs: Int, steps: Int, examples: Int, batch: Int, optimizer: String, learningRate: Double,
        rateSchedule: String, schedule: String, prunings: Int, lastPruning: Int, seed: UInt64, keptEpoch: Int,
        stoppedEarly: Bool, curve: [TrainingPoint]
    ) {
        self.epochs = epochs
        self.steps = steps
        self.examples = examples
        self.batch = batch
        self.optimizer = optimizer
        self.learningRate = learningRate
        self.rateSchedule = rateSchedule
        self.schedule = schedule
        self.prunings = prunings
        self.lastPruning = lastPruning
        self.seed = seed
        self.keptEpoch = keptEpoch
        self.stoppedEarly = stoppedEarly
        self.curve = curve
    }
}

/// Where a training was after an epoch.
public struct TrainingPoint: Sendable, Hashable, Codable {
    /// Counted from 1.
    public var epoch: Int
    /// Steps that were made.
    public var step: Int
    /// Share of the prunable weights that were zero by the plan.
    public var sparsity: Double
    public var learningRate: Double
    /// Means over the epoch, each batch before its step; accuracy nil where there are no classes.
    public var loss: Double
    public var accuracy: Double?
    /// On the validation data, after the epoch; nil where there is none.
    public var validationLoss: Double?
    public var validationAccuracy: Double?

    public init(
        epoch: Int, step: Int, sparsity: Double, learningRate: Double, loss: Double, accuracy: Double?,
        validationLoss: Double?, validationAccuracy: Double?
    ) {
        self.epoch = epoch
        self.step = step
        self.sparsity = sparsity
        self.learningRate = learningRate
        self.loss = loss
        self.accuracy = accuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
    }
}
