public import Tensors

/// How a network is trained.
public struct TrainerOptions: Sendable {
    public var optimizer: any Optimizer = Adam()
    public var learningRate = 0.001
    public var schedule: any LearningRateSchedule = ConstantRate()
    /// λ of λ/2 · Σ w² over weights and embeddings; where the optimizer decouples it, what they shrink by in each step,
    /// times the learning rate.
    public var weightDecay = 0.0
    /// λ of λ · Σ |w| over weights and embeddings.
    public var l1 = 0.0
    /// The longest that a gradient may be, in the Euclidean norm, penalties of weights aside; nil: any.
    public var clipNorm: Double?
    /// Examples in a step; the last batch of an epoch may be smaller.
    public var batch = 128
    public var epochs = 10
    /// Of the order of examples, and of all that is drawn.
    public var seed: UInt64 = 0
    public var threads = Parallel.defaultThreads

    /// So that products with the number of examples do not overflow.
    private static let most = 1_000_000_000

    public init() {}

    public func stepsPerEpoch(examples: Int) -> Int { (examples + batch - 1) / batch }
    /// Of the whole training.
    public func steps(examples: Int) -> Int { stepsPerEpoch(examples: examples) * epochs }

    /// - Throws: `usage` where a number is none that can be worked with.
    public func check() throws(SparsifyError) {
        func fail(_ text: String) -> SparsifyError { SparsifyError(.usage, text) }
        guard learningRate > 0, learningRate.isFinite else {
            throw fail("The learning rate is \(learningRate); it is positive.")
        }
        guard weightDecay >= 0, weightDecay.isFinite, l1 >= 0, l1.isFinite else {
            throw fail("Weight decay is \(weightDecay) and the factor of L1 \(l1); neither can be negative.")
        }
        guard clipNorm.map({ $0 > 0 }) ?? true else { throw fail("A gradient cannot be clipped to \(clipNorm ?? 0).") }
        guard (1...Self.most).contains(batch) else {
            throw fail("The batch is \(batch); it lies between 1 and \(Self.most).")
        }
        guard (1...Self.most).contains(epochs) else {
            throw fail("The number of epochs is \(epochs); it lies between 1 and \(Self.most).")
        }
    }
}
