/// The recurrent layers with their standard cells.
struct RecurrentLayer: LayerKind {
    static let names = ["SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU"]

    let primitive: Recurrence

    init(_ config: LayerConfig) throws {
        let cell: Recurrence.Cell =
            switch config.className {
            case "SimpleRNN": .simple
            case "LSTM", "CuDNNLSTM": .lstm
            case "CuDNNGRU": .gru(resetsAfter: true)
            default: .gru(resetsAfter: try config.bool("reset_after", default: false))
            }
        let isFused = config.className.hasPrefix("CuDNN")
        primitive = Recurrence(
            cell, units: try config.integer("units"), hasBias: try config.bool("use_bias", default: true),
            returnsSequences: try config.bool("return_sequences", default: false),
            returnsState: try config.bool("return_state", default: false),
            goesBackwards: try config.bool("go_backwards", default: false),
            activation: isFused ? Activation("tanh") : try config.activation() ?? Activation("linear"),
            recurrentActivation: isFused
                ? Activation("sigmoid") : try config.activation("recurrent_activation") ?? Activation("linear"))
    }

    var parameters: [ParameterRole] {
        let outputs = OutputIndexing(axes: [1])
        return roles([
            ("kernel", .weight, outputs), ("recurrent_kernel", .weight, outputs),
            primitive.hasBias ? ("bias", .bias, .none) : nil,
        ]).map { $0.within("", group: "cell") }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let depth = try lowering.channels(inputs[0], .last)
        let columns = primitive.units.multipliedReportingOverflow(by: primitive.gates)
        guard !columns.overflow else { throw lowering.failure("It has too many units.") }
        let width = columns.partialValue
        var parameters = [
            try lowering.parameter("kernel", [depth, width]),
            try lowering.parameter("recurrent_kernel", [primitive.units, width]),
        ]
        if primitive.hasBias {
            let hasTwo = primitive.cell == .gru(resetsAfter: true)
            parameters.append(try lowering.parameter("bias", hasTwo ? [2, width] : [width]))
        }
        return try lowering.program.push(.recurrence(primitive), inputs, parameters)
    }
}
