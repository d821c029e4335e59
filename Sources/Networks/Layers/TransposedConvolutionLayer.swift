/// Transposed convolutions, kernel (window…, filters, channels).
struct TransposedConvolutionLayer: LayerKind {
    static let names = [
        "Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose", "Convolution1DTranspose", "Convolution2DTranspose",
        "Convolution3DTranspose", "Deconvolution2D",
    ]

    private let primitive: TransposedConvolution
    private let activation: Activation?

    init(_ config: LayerConfig) throws {
        let rank = try config.rank()
        primitive = TransposedConvolution(
            window: try config.window(size: "kernel_size", rank: rank, dilation: "dilation_rate"),
            filters: try config.integer("filters"),
            outputPadding: config.value("output_padding") == nil
                ? nil : try config.integers("output_padding", count: rank, in: 0...Int.max),
            channels: try config.channels(), hasBias: try config.bool("use_bias", default: true))
        activation = try config.activation()
    }

    var parameters: [ParameterRole] {
        let window = primitive.window
        let rank = window.size.count
        // Taps that lie a stride apart feed the same outputs; with dilation, taps do not fall into phases this simply.
        let isDilated = window.dilation.contains { $0 > 1 }
        let outputs =
            isDilated
            ? OutputIndexing(axes: [rank])
            : OutputIndexing(axes: Array(0..<rank) + [rank], moduli: window.strides + [0])
        return roles([
            ("kernel", .weight, outputs),
            primitive.hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let depth = try lowering.channels(inputs[0], primitive.channels)
        var parameters = [try lowering.parameter("kernel", primitive.window.size + [primitive.filters, depth])]
        if primitive.hasBias { parameters.append(try lowering.parameter("bias", [primitive.filters])) }
        return [
            try lowering.activate(activation, lowering.push(.transposedConvolution(primitive), inputs, parameters))
        ]
    }
}
