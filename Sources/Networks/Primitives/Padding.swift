internal import Tensors

/// Zeros, or another number, around the spatial axes.
public struct Padding: Sendable, Hashable {
    /// For each spatial axis.
    public var before: [Int]
    public var after: [Int]
    public var channels: ChannelAxis
    /// What the new elements are.
    public var value: Double

    public init(before: [Int], after: [Int], channels: ChannelAxis, value: Double = 0) {
        self.before = before
        self.after = after
        self.channels = channels
        self.value = value
    }
}

extension Padding: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: before.count)
        var results: Extents = []
        for (axis, extent) in spatial.enumerated() {
            let what = "extent of a padded value"
            results.append(
                try extent.map { try Checked.add(try Checked.add($0, before[axis], what), after[axis], what) })
        }
        return [with(channels.join(results, channels: depth))]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
