/// What stands between the variables that are trained and the parameters that the network is run with: weights with noise,
/// weights behind gates, weights behind a mask.
///
/// The trainer holds one vector of variables: θ as the table of parameters lays it out, and behind it the extra variables, group
/// by group. In each step it asks for the parameters of the step, runs the network with these, and hands over the gradient by
/// them, which becomes a gradient by the variables, penalties included. All calls come from one thread.
///
/// What is drawn at random goes by `TrainingMoment.seed`, and what changes over time by its step; then a training that
/// is resumed goes on as if it had never stopped, and nothing but the variables has to be kept.
public protocol Parametrisation: AnyObject {
    /// Variables that are trained beside θ, with the values that they begin with.
    var extraVariables: [VariableGroup] { get }

    /// Positions in the table of those parameters whose products are drawn from a normal distribution: a product's mean goes by
    /// the parameter as ever, its variance by the squares of what the parameter is multiplied with, times variances that
    /// are parameters too and lie behind θ in this order. Fixed, but for that they may all fall away.
    var noisy: [Int] { get }

    /// Writes the parameters for a step of training.
    ///
    /// - Parameters:
    ///   - variables: θ, then the extra ones.
    ///   - parameters: as long as θ, and the variances behind it.
    func sample(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        into parameters: UnsafeMutableBufferPointer<Float>)

    /// Turns the gradient of the step that was sampled last into one by the variables, and adds that of the penalty.
    ///
    /// - Parameter gradient: as long as the variables: at first by the parameters and variances, and zero behind; in the end
    ///   by the variables.
    /// - Returns: the penalty, which is added to the loss.
    func pullBack(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        _ gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double

    /// Writes the parameters that stand for the variables where nothing is trained: for validation, and for the model that
    /// comes out.
    func settle(
        _ variables: UnsafeBufferPointer<Float>, into parameters: UnsafeMutableBufferPointer<Float>)
}

extension Parametrisation {
    public var noisy: [Int] { [] }
}

/// Variables beside θ.
public struct VariableGroup: Sendable {
    public var name: String
    public var initial: [Float]
    /// What the learning rate is multiplied by for them.
    public var rateFactor: Float

    public init(_ name: String, initial: [Float], rateFactor: Float = 1) {
        self.name = name
        self.initial = initial
        self.rateFactor = rateFactor
    }
}

/// Where a training is.
public struct TrainingMoment: Sendable, Hashable {
    /// Counted from 0 over the whole training.
    public var step: Int
    /// Of the whole training.
    public var steps: Int
    public var stepsPerEpoch: Int
    /// A seed of the step's own.
    public var seed: UInt64
    /// Examples that the training set has: what a penalty of the whole set is divided by, where the loss is a mean.
    public var examples: Int

    public var epoch: Int { step / max(stepsPerEpoch, 1) }
    /// From 0 at the start to 1 at the end.
    public var progress: Double { Double(step) / Double(max(steps, 1)) }
}
