internal import Tensors

/// A convolution (correlation) with a kernel of shape (window…, channels / groups, filters). Channels and filters fall
/// into `groups` runs of equal length; a run of filters sees the run of channels of its number. Parameters: the kernel
/// and, with `hasBias`, a bias of shape (filters).
public struct Convolution: Sendable, Hashable {
    public var window: Window
    public var filters: Int
    public var groups: Int
    public var channels: ChannelAxis
    public var hasBias: Bool

    public init(window: Window, filters: Int, groups: Int = 1, channels: ChannelAxis, hasBias: Bool) {
        self.window = window
        self.filters = filters
        self.groups = groups
        self.channels = channels
        self.hasBias = hasBias
    }
}

extension Convolution: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: window.size.count)
        if let depth, depth % groups != 0 || filters % groups != 0 {
            throw SparsifyError(
                .malformed, "\(depth) channels and \(filters) filters do not divide into \(groups) groups.")
        }
        return [with(channels.join(try window.outputs(spatial), channels: filters))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let spatial = try channels.split(step.outputs[0], rank: window.size.count).spatial
        return try step.products(
            step.weights[0], positions: spatial.elementCount(OperationCounts.what), hasBias: hasBias)
    }
}
