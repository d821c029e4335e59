/// Convolutions over one, two or three axes, kernel (window…, channels / groups, filters).
struct ConvolutionLayer: LayerKind {
    static let names = ["Conv1D", "Conv2D", "Conv3D", "Convolution1D", "Convolution2D", "Convolution3D"]

    private let window: Window
    private let filters: Int
    private let groups: Int
    private let channels: ChannelAxis
    private let hasBias: Bool
    private let activation: Activation?

    init(_ config: LayerConfig) throws {
        window = try config.window(size: "kernel_size", rank: config.rank(), dilation: "dilation_rate")
        filters = try config.integer("filters")
        groups = try config.integer("groups", default: 1)
        channels = try config.channels()
        hasBias = try config.bool("use_bias", default: true)
        activation = try config.activation()
    }

    var parameters: [ParameterRole] {
        roles([
            ("kernel", .weight, OutputIndexing(axes: [window.size.count + 1])),
            hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let depth = try lowering.channels(inputs[0], channels)
        var parameters = [try lowering.parameter("kernel", window.size + [depth / groups, filters])]
        if hasBias { parameters.append(try lowering.parameter("bias", [filters])) }
        let primitive = Convolution(
            window: window, filters: filters, groups: groups, channels: channels, hasBias: hasBias)
        return [try lowering.activate(activation, lowering.push(.convolution(primitive), inputs, parameters))]
    }
}

extension LayerConfig {
    /// The number of spatial axes that the class name tells: `Conv2D`, `Conv2DTranspose`, `MaxPooling3D`.
    func rank() throws -> Int {
        guard let digit = className.last(where: \.isNumber), let rank = digit.wholeNumberValue, (1...3).contains(rank)
        else { throw failure("its class does not tell a number of axes.") }
        return rank
    }
}
