internal import Tensors

/// The largest or the mean element under a sliding window, channel by channel. Elements of the padding do not exist: a
/// maximum is not compared with them, and a mean divides by the number of elements that do.
public struct Pooling: Sendable, Hashable {
    public enum Kind: String, Sendable, Hashable { case maximum, average }

    public var kind: Kind
    public var window: Window
    public var channels: ChannelAxis

    public init(_ kind: Kind, window: Window, channels: ChannelAxis) {
        self.kind = kind
        self.window = window
        self.channels = channels
    }
}

extension Pooling: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: window.size.count)
        return [with(channels.join(try window.outputs(spatial), channels: depth))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        guard kind == .average else { return .zero }
        return try step.perElement(multiplications: 1, additions: try window.tapCount() - 1)
    }
}
