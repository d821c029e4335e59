internal import Tensors

/// LSTM layers whose products are convolutions, over steps that have spatial axes.
struct ConvolutionalRecurrentLayer: RecurrentKind {
    static let names = ["ConvLSTM1D", "ConvLSTM2D", "ConvLSTM3D"]

    let options: RecurrentOptions
    private let primitive: ConvolutionalRecurrence
    /// Shares of the inputs and of the states that training drops, the same ones in all steps and for all gates; Keras draws
    /// them for each gate.
    private let dropout: Double
    private let stateDropout: Double

    init(_ config: LayerConfig) throws {
        options = try RecurrentOptions(config)
        func activation(_ key: String, _ standard: String) throws -> Activation {
            if config.fields[key] == nil { return Activation(standard).canonical(config.dialect) }
            return try config.activation(key) ?? Activation("linear")
        }
        primitive = ConvolutionalRecurrence(
            window: try config.window(size: "kernel_size", rank: config.rank(), dilation: "dilation_rate"),
            filters: try config.integer("filters"), channels: try config.channels(),
            hasBias: try config.bool("use_bias", default: true), returnsSequences: options.returnsSequences,
            returnsState: options.returnsState, goesBackwards: options.goesBackwards,
            activation: try activation("activation", "tanh"),
            recurrentActivation: try activation("recurrent_activation", "hard_sigmoid"))
        dropout = config.dropRate("dropout")
        stateDropout = config.dropRate("recurrent_dropout")
        guard primitive.window.padding != .causal else { throw config.failure("'padding' is 'causal'.") }
    }

    var stateCount: Int { 2 }

    var parameters: [ParameterRole] {
        let outputs = OutputIndexing(axes: [primitive.window.size.count + 1])
        return roles([
            ("kernel", .weight, outputs), ("recurrent_kernel", .weight, outputs),
            primitive.hasBias ? ("bias", .bias, .none) : nil,
        ]).map { $0.within("", group: "cell") }
    }

    func run(_ call: RecurrentCall, into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(call.value)
        let depth = try primitive.channels.split(Array(extents.dropFirst()), rank: primitive.window.size.count).channels
        let width = try Checked.multiply(primitive.filters, 4, "number of filters")
        var references = [
            try lowering.parameter("kernel", primitive.window.size + [try lowering.fixed(depth), width]),
            try lowering.parameter("recurrent_kernel", primitive.window.size + [primitive.filters, width]),
        ]
        if primitive.hasBias { references.append(try lowering.parameter("bias", [width])) }
        var primitive = primitive
        primitive.hasMask = call.mask != nil
        primitive.hasInitialState = !call.initialStates.isEmpty
        primitive.isStateful = options.isStateful
        primitive.zeroesMaskedOutputs = call.zeroesMaskedOutputs ?? options.zeroesMaskedOutputs
        if lowering.keepsNoise { primitive.stateDropout = stateDropout }
        let value = try lowering.dropping(dropout, call.value, sharedAxes: [1])
        let inputs = [value] + (call.mask.map { [$0] } ?? []) + call.initialStates
        return try lowering.program.push(.convolutionalRecurrence(primitive), inputs, references)
    }
}
