/// How the learning rate changes over a training, as a multiple of the rate that was asked for.
public protocol LearningRateSchedule: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    /// A line for people.
    var summary: String { get }

    /// - Parameters:
    ///   - step: the first is 0.
    ///   - total: steps of the whole training, at least 1.
    func factor(step: Int, of total: Int) -> Double
}

/// The same rate throughout.
public struct ConstantRate: LearningRateSchedule {
    public init() {}

    public var id: String { "constant" }
    public var summary: String { "the same rate throughout" }

    public func factor(step: Int, of total: Int) -> Double { 1 }
}
