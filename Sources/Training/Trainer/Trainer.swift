public import Networks
internal import Tensors

/// Trains a network's parameters by mini-batches, in place.
///
/// Everything goes by the number of the step and the seed: the order of the examples, what is drawn, the learning rate. So a
/// trainer that is given another's state at some step goes on to the same bits; the number of threads makes no difference.
public final class Trainer {
    public let options: TrainerOptions
    public let examples: Examples
    /// A teacher, where there is one.
    public var teacher: Distillation?
    /// What the network is run with in place of θ itself; nil: θ.
    public let parametrisation: (any Parametrisation)?
    /// Steps that were made.
    public internal(set) var step = 0
    let variables: Variables
    private let batches: BatchGradient
    private let segments: [VariableSegment]
    /// Where the parametrisation writes: θ, and the variances of products.
    private let used: UnsafeMutableBufferPointer<Float>?
    /// As long as the variables, where there are more than θ has.
    private let gradientOfAll: UnsafeMutableBufferPointer<Float>?
    private var order: (epoch: Int, numbers: [Int]) = (-1, [])

    /// - Parameters:
    ///   - parameters: θ to begin with.
    ///   - loss: nil: what the network's end and the labels suggest.
    /// - Throws: `usage` where an option or a label is none; `unsupported` where the network has several outputs, or there is
    ///   no gradient of it.
    public init(
        _ network: Network, _ parameters: [Float], _ examples: Examples, loss: LossKind? = nil,
        options: TrainerOptions, parametrisation: (any Parametrisation)? = nil
    ) throws {
        try options.check()
        guard examples.count > 0 else { throw SparsifyError(.usage, "There are no examples to train on.") }
        let batches = try BatchGradient(
            network, loss: loss, hasClasses: examples.hasClasses, batch: min(options.batch, examples.count),
            threads: options.threads, noisy: parametrisation?.noisy ?? [])
        precondition(parameters.count == batches.table.count, "θ is as long as the table of parameters says")
        try examples.check(classes: batches.length, batches.head.kind)
        let extra = parametrisation?.extraVariables ?? []
        self.options = options
        self.examples = examples
        self.batches = batches
        self.parametrisation = parametrisation
        variables = Variables(parameters, extra: extra, momentCount: options.optimizer.momentCount)
        segments = VariableSegment.all(batches.table, extra: extra)
        used = parametrisation.map { _ in Self.memory(batches.parameterCount) }
        gradientOfAll = extra.isEmpty ? nil : Self.memory(variables.count)
    }

    deinit {
        used?.deallocate()
        gradientOfAll?.deallocate()
    }

    private static func memory(_ count: Int) -> UnsafeMutableBufferPointer<Float> {
        let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: max(count, 1))
        memory.initialize(repeating: 0)
        return memory
    }

    public var table: ParameterTable { batches.table }
    public var head: LossHead { batches.head }
    /// Elements of the last axis of what the loss is computed of: the classes.
    public var outputLength: Int { batches.length }
    public var stepsPerEpoch: Int { options.stepsPerEpoch(examples: examples.count) }
    public var steps: Int { options.steps(examples: examples.count) }
    public var isDone: Bool { step >= steps }

    /// Where the training is.
    public var moment: TrainingMoment {
        TrainingMoment(
            step: step, steps: steps, stepsPerEpoch: stepsPerEpoch, seed: seed(of: step, .draws),
            examples: examples.count)
    }

    /// θ, and the extra variables behind it.
    public var values: UnsafeBufferPointer<Float> { UnsafeBufferPointer(variables.values) }
    public var moments: [UnsafeBufferPointer<Float>] { variables.moments.map { UnsafeBufferPointer($0) } }

    /// The parameters that the network has as it is now.
    public func parameters() -> [Float] {
        guard let parametrisation else { return Array(values[..<table.count]) }
        return [Float](unsafeUninitializedCapacity: table.count) { target, count in
            target.initialize(repeating: 0)
            parametrisation.settle(values, into: target)
            count = table.count
        }
    }

    /// Sets θ, and the extra variables where they are given too; what is held stays zero.
    public func set(_ values: [Float]) {
        precondition(values.count <= variables.count, "variables are as many as there were")
        _ = variables.values.update(fromContentsOf: values)
        variables.clear(variables.values)
    }

    /// Goes to where another trainer of the same network, examples and options was.
    ///
    /// - Parameters:
    ///   - values: all variables.
    ///   - moments: the optimizer's, as long as these.
    ///   - isKept: what is held is not kept; nil: all is.
    public func restore(step: Int, values: [Float], moments: [[Float]], isKept: [Bool]?) {
        precondition(values.count == variables.count && moments.count == variables.moments.count, "the same variables")
        precondition(moments.allSatisfy { $0.count == variables.count }, "moments are as long as the variables")
        self.step = step
        _ = variables.values.update(fromContentsOf: values)
        for (target, moment) in zip(variables.moments, moments) { _ = target.update(fromContentsOf: moment) }
        variables.hold(isKept)
    }

    /// Sets the optimizer's moments to zero, as at the start.
    public func clearMoments() {
        for moment in variables.moments { moment.update(repeating: 0) }
    }

    /// Holds at +0, in values, gradients and moments, what is not kept; nil: lets all go.
    ///
    /// - Parameter isKept: as long as θ, or as the variables.
    public func hold(_ isKept: [Bool]?) { variables.hold(isKept) }

    /// What one step came to.
    public struct StepOutcome: Sendable {
        /// The mean loss over the batch, before the step, without penalties.
        public var loss: Double
        /// That of the parametrisation.
        public var penalty: Double
        public var examples: Int
        /// Positions that were right, and all; zero where there are no classes.
        public var correct: Int
        public var counted: Int
        public var learningRate: Double
    }

    /// One step, on the next mini-batch.
    ///
    /// - Throws: `numerical` where the loss is no finite number; what running the network throws. The step is not made then.
    @discardableResult
    public func advance() throws -> StepOutcome {
        precondition(!isDone, "a training ends")
        let moment = moment
        if let parametrisation, let used { parametrisation.sample(values, moment, into: used) }
        let outcome = try batches.compute(
            (used ?? variables.values).baseAddress!, examples, numbers(moment), teacher,
            seed: moment.seed, drawsProducts: !(parametrisation?.noisy.isEmpty ?? true))
        var gradient = batches.gradient
        if let gradientOfAll {
            gradientOfAll.update(repeating: 0)
            _ = gradientOfAll.update(fromContentsOf: gradient)
            gradient = gradientOfAll
        }
        let penalty = parametrisation?.pullBack(values, moment, gradient) ?? 0
        guard outcome.loss.isFinite, penalty.isFinite else {
            throw SparsifyError(
                .numerical, "The loss is no number any more, in step \(step + 1).",
                remedy: "Train with a smaller learning rate, or clip the gradient.")
        }
        variables.clear(gradient)
        let rate = options.learningRate * options.schedule.factor(step: step, of: steps)
        try update(gradient, rate: rate)
        step += 1
        return StepOutcome(
            loss: outcome.loss, penalty: penalty, examples: outcome.examples, correct: outcome.correct,
            counted: outcome.counted, learningRate: rate)
    }

    private func update(_ gradient: UnsafeMutableBufferPointer<Float>, rate: Double) throws {
        let clip = options.clipNorm.map { Float(min(1, $0 / max(Self.norm(gradient), .leastNormalMagnitude))) } ?? 1
        let step = OptimizerStep(
            optimizer: options.optimizer, variables: variables, gradient: gradient, clip: clip, rate: Float(rate),
            decay: Float(options.weightDecay), l1: Float(options.l1), number: step + 1)
        try step.run(segments, threads: options.threads)
    }

    private static func norm(_ vector: UnsafeMutableBufferPointer<Float>) -> Double {
        vector.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
    }

    /// The examples of a step: each epoch takes all of them in an order of its own.
    private func numbers(_ moment: TrainingMoment) -> ArraySlice<Int> {
        if order.epoch != moment.epoch {
            var generator = SplitMix64(seed: seed(of: moment.epoch, .order))
            var numbers = Array(0..<examples.count)
            // Fisher and Yates.
            for index in numbers.indices.dropFirst().reversed() {
                numbers.swapAt(index, generator.next(below: index + 1))
            }
            order = (moment.epoch, numbers)
        }
        let start = (moment.step - moment.epoch * stepsPerEpoch) * options.batch
        return order.numbers[start..<min(start + options.batch, examples.count)]
    }

    private enum Stream: UInt64 {
        case order = 1
        case draws = 2
    }

    private func seed(of number: Int, _ stream: Stream) -> UInt64 {
        SplitMix64.mix(
            SplitMix64.mix(options.seed &+ stream.rawValue &* SplitMix64.step) &+ UInt64(number) &* SplitMix64.step)
    }
}
