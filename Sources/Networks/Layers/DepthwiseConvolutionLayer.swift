/// Convolutions of each channel by itself, kernel (window…, channels, multiplier).
struct DepthwiseConvolutionLayer: LayerKind {
    static let names = ["DepthwiseConv1D", "DepthwiseConv2D"]

    private let window: Window
    private let multiplier: Int
    private let channels: ChannelAxis
    private let hasBias: Bool
    private let activation: Activation?
    /// tf_keras names it after its part in a separable convolution.
    static let kernel = "depthwise_kernel"

    init(_ config: LayerConfig) throws {
        window = try config.window(size: "kernel_size", rank: config.rank(), dilation: "dilation_rate")
        multiplier = try config.integer("depth_multiplier", default: 1)
        channels = try config.channels()
        hasBias = try config.bool("use_bias", default: true)
        activation = try config.activation()
    }

    var parameters: [ParameterRole] {
        let rank = window.size.count
        return roles([
            (Self.kernel, .weight, OutputIndexing(axes: [rank, rank + 1])),
            hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let depth = try lowering.channels(inputs[0], channels)
        let primitive = DepthwiseConvolution(
            window: window, multiplier: multiplier, channels: channels, hasBias: hasBias)
        let kernel = try lowering.parameter(Self.kernel, window.size + [depth, multiplier])
        var parameters = [kernel]
        let filters = depth.multipliedReportingOverflow(by: multiplier)
        guard !filters.overflow else { throw lowering.failure("It has too many filters.") }
        if hasBias { parameters.append(try lowering.parameter("bias", [filters.partialValue])) }
        return [try lowering.activate(activation, lowering.push(.depthwiseConvolution(primitive), inputs, parameters))]
    }
}
