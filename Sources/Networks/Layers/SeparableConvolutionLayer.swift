internal import Tensors

/// A convolution of each channel, kernel (window…, channels, multiplier), then one across channels, kernel (1…,
/// channels · multiplier, filters).
struct SeparableConvolutionLayer: LayerKind {
    static let names = [
        "SeparableConv1D", "SeparableConv2D", "SeparableConvolution1D", "SeparableConvolution2D",
    ]

    private let window: Window
    private let multiplier: Int
    private let filters: Int
    private let channels: ChannelAxis
    private let hasBias: Bool
    private let activation: Activation?

    init(_ config: LayerConfig) throws {
        window = try config.window(size: "kernel_size", rank: config.rank(), dilation: "dilation_rate")
        multiplier = try config.integer("depth_multiplier", default: 1)
        filters = try config.integer("filters")
        channels = try config.channels()
        hasBias = try config.bool("use_bias", default: true)
        activation = try config.activation()
    }

    var parameters: [ParameterRole] {
        let rank = window.size.count
        return roles([
            ("depthwise_kernel", .weight, OutputIndexing(axes: [rank, rank + 1])),
            ("pointwise_kernel", .weight, OutputIndexing(axes: [rank + 1])),
            hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let depth = try lowering.channels(inputs[0], channels)
        let inner = try Checked.multiply(depth, multiplier, "number of channels")
        let depthwise = try lowering.parameter("depthwise_kernel", window.size + [depth, multiplier])
        let ones = window.size.map { _ in 1 }
        var pointwise = [try lowering.parameter("pointwise_kernel", ones + [inner, filters])]
        if hasBias { pointwise.append(try lowering.parameter("bias", [filters])) }
        let first = DepthwiseConvolution(window: window, multiplier: multiplier, channels: channels, hasBias: false)
        let second = Convolution(
            window: Window(size: ones, strides: ones, padding: .valid), filters: filters, channels: channels,
            hasBias: hasBias)
        let spread = try lowering.push(.depthwiseConvolution(first), inputs, [depthwise])
        return [try lowering.activate(activation, lowering.push(.convolution(second), [spread], pointwise))]
    }
}
