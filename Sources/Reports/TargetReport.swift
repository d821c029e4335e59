/// What a pruning was to come to, and how its sparsity was found.
public struct TargetReport: Sendable, Hashable, Encodable {
    /// `bytes`, of the file; `flops`, as a share of the dense network's; `drop` of accuracy, as a share of the examples.
    public var kind: String
    /// The number asked for, and that of the result.
    public var limit: Double
    public var reached: Double
    /// What was tried, in this order.
    public var trials: [TargetTrialReport]
    /// Zeros within which the result is the best of its neighbourhood.
    public var resolution: Int

    public init(kind: String, limit: Double, reached: Double, trials: [TargetTrialReport], resolution: Int) {
        self.kind = kind
        self.limit = limit
        self.reached = reached
        self.trials = trials
        self.resolution = resolution
    }
}

extension TargetReport {
    /// A number in the unit of a kind of target, for people.
    public static func text(_ value: Double, kind: String) -> String {
        switch kind {
        case "bytes": NumberText.grouped(Int(value)) + " bytes"
        case "flops": NumberText.fixed(100 * value, 3) + " % of the FLOPs"
        default: NumberText.fixed(100 * value, 2) + " points of accuracy"
        }
    }
}

/// One pruning that was tried.
public struct TargetTrialReport: Sendable, Hashable, Encodable {
    /// Zeros that were asked for in the prunable tensors, and their share.
    public var zeros: Int
    public var sparsity: Double
    /// What was measured, in the unit of the target.
    public var value: Double
    public var meets: Bool

    public init(zeros: Int, sparsity: Double, value: Double, meets: Bool) {
        self.zeros = zeros
        self.sparsity = sparsity
        self.value = value
        self.meets = meets
    }
}
