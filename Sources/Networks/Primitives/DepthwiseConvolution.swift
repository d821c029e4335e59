internal import Tensors

/// A convolution of each channel by itself, with a kernel of shape (window…, channels, multiplier). Output channel
/// c · multiplier + m is input channel c under kernel [.., c, m]. Parameters: the kernel and, with `hasBias`, a bias of
/// shape (channels · multiplier).
public struct DepthwiseConvolution: Sendable, Hashable {
    public var window: Window
    public var multiplier: Int
    public var channels: ChannelAxis
    public var hasBias: Bool

    public init(window: Window, multiplier: Int, channels: ChannelAxis, hasBias: Bool) {
        self.window = window
        self.multiplier = multiplier
        self.channels = channels
        self.hasBias = hasBias
    }
}

extension DepthwiseConvolution: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let (spatial, depth) = try channels.split(value, rank: window.size.count)
        var results = depth
        if let depth { results = try Checked.multiply(depth, multiplier, "number of channels") }
        return [with(channels.join(try window.outputs(spatial), channels: results))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let spatial = try channels.split(step.outputs[0], rank: window.size.count).spatial
        return try step.products(
            step.weights[0], positions: spatial.elementCount(OperationCounts.what), hasBias: hasBias)
    }
}
