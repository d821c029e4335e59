internal import Tensors

/// The spatial axes without their ends.
public struct Cropping: Sendable, Hashable {
    /// For each spatial axis.
    public var before: [Int]
    public var after: [Int]
    public var channels: ChannelAxis

    public init(before: [Int], after: [Int], channels: ChannelAxis) {
        self.before = before
        self.after = after
        self.channels = channels
    }
}

extension Cropping: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: before.count)
        var results: Extents = []
        for (axis, extent) in spatial.enumerated() {
            guard let extent else {
                results.append(nil)
                continue
            }
            let cut = try Checked.add(before[axis], after[axis], "part that is cropped")
            guard cut <= extent else {
                throw SparsifyError(.malformed, "\(cut) elements cannot be cropped off an extent of \(extent).")
            }
            results.append(extent - cut)
        }
        return [with(channels.join(results, channels: depth))]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
