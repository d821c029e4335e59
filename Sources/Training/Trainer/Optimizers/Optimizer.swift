/// Moves variables against their gradient, in place.
///
/// What it remembers lies in vectors as long as the variables, the moments, which begin as zeros. Every element is updated by
/// itself; so an element whose value, gradient and moments are +0 stays +0, and the order of the work does not matter.
public protocol Optimizer: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    /// A line for people: the formula, and where it comes from.
    var summary: String { get }
    /// What the learning rate is where nobody says.
    var standardRate: Double { get }
    /// How many vectors of moments there are.
    var momentCount: Int { get }
    /// Whether weight decay shrinks the values themselves; otherwise it has become part of the gradient before.
    var decouplesWeightDecay: Bool { get }

    /// One step for a run of variables; called on several threads at once, with different runs.
    func update(_ run: VariableRun)
}

extension Optimizer {
    public var decouplesWeightDecay: Bool { false }
}

/// A run of variables in the middle of a step.
public struct VariableRun {
    public var count: Int
    public var values: UnsafeMutablePointer<Float>
    /// Of the loss and all penalties.
    public var gradient: UnsafePointer<Float>
    /// As many as the optimizer asks for.
    public var moments: [UnsafeMutablePointer<Float>]
    public var learningRate: Float
    /// For optimizers that decouple it; 0 for variables that do not decay.
    public var weightDecay: Float
    /// The first step is 1.
    public var step: Int
}
