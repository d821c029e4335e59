internal import Tensors

/// The recurrent layers with their standard cells, and `RNN` around one such cell or a stack of them.
struct RecurrentLayer: RecurrentKind {
    static let names = ["SimpleRNN", "LSTM", "GRU", "CuDNNLSTM", "CuDNNGRU", "RNN"]

    private let cells: [RecurrentCell]
    let options: RecurrentOptions

    init(_ config: LayerConfig) throws {
        options = try RecurrentOptions(config)
        if config.className == "RNN" {
            cells = try RecurrentCell.cells(in: config)
        } else {
            cells = [try RecurrentCell(config, name: "", group: "cell")]
        }
    }

    var stateCount: Int { cells.reduce(0) { $0 + $1.primitive.stateCount } }

    var parameters: [ParameterRole] { cells.flatMap(\.parameters) }

    /// A stack of cells is a chain of layers over the same steps: a step that is passed over is so in all of them.
    func run(_ call: RecurrentCall, into lowering: inout Lowering) throws -> [ValueID] {
        var value = call.value
        var mask = call.mask
        let isReversed = options.goesBackwards && cells.count > 1
        if isReversed {
            value = try lowering.push(.reversal(Reversal(axis: 0)), [value])
            mask = try mask.map { try lowering.push(.reversal(Reversal(axis: 0)), [$0]) }
        }
        var initial = call.initialStates[...]
        var states: [ValueID] = []
        for (position, cell) in cells.enumerated() {
            let isLast = position == cells.count - 1
            var primitive = cell.primitive
            primitive.returnsSequences = options.returnsSequences || !isLast
            primitive.returnsState = options.returnsState
            primitive.goesBackwards = options.goesBackwards && !isReversed
            primitive.isStateful = options.isStateful
            primitive.zeroesMaskedOutputs = isLast && (call.zeroesMaskedOutputs ?? options.zeroesMaskedOutputs)
            primitive.hasMask = mask != nil
            primitive.hasInitialState = !initial.isEmpty
            if lowering.keepsNoise { primitive.stateDropout = cell.stateDropout }
            value = try lowering.dropping(cell.dropout, value, sharedAxes: [1])
            let given = [value] + (mask.map { [$0] } ?? []) + initial.prefix(primitive.stateCount)
            initial = initial.dropFirst(primitive.stateCount)
            let results = try lowering.part(cell.name) { lowering in
                let references = try cell.references(for: value, &lowering)
                return try lowering.program.push(.recurrence(primitive), given, references)
            }
            value = results[0]
            states += results.dropFirst()
        }
        return [value] + states
    }
}

/// One of the standard cells, with its parameters.
struct RecurrentCell: Sendable {
    let name: String
    let primitive: Recurrence
    /// Shares of the inputs and of the states that training drops, the same ones in all steps (Gal and Ghahramani 2016) and
    /// for all gates.
    let dropout: Double
    let stateDropout: Double
    private let group: String
    /// Whether two biases lie behind one another, as cuDNN has them.
    private let isFlat: Bool

    /// - Parameter name: what its parameters are named after, within the layer.
    init(_ config: LayerConfig, name: String, group: String) throws {
        self.name = name
        self.group = group
        let isFused = config.className.hasPrefix("CuDNN")
        let cell: Recurrence.Cell =
            switch config.className {
            case "SimpleRNN", "SimpleRNNCell": .simple
            case "LSTM", "LSTMCell", "CuDNNLSTM": .lstm
            case "CuDNNGRU": .gru(resetsAfter: true)
            case "GRU", "GRUCell": .gru(resetsAfter: try config.bool("reset_after", default: false))
            default: throw config.unsupported("its cell, '\(config.className)', is not known")
            }
        var primitive = Recurrence(
            cell, units: try config.integer("units"),
            hasBias: isFused ? true : try config.bool("use_bias", default: true), returnsSequences: false,
            activation: try Self.activation("activation", "tanh", isFused, config),
            recurrentActivation: try Self.activation("recurrent_activation", "sigmoid", isFused, config))
        primitive.sumsTwoBiases = config.className == "CuDNNLSTM"
        isFlat = isFused
        self.primitive = primitive
        dropout = config.dropRate("dropout")
        stateDropout = config.dropRate("recurrent_dropout")
    }

    private static func activation(
        _ key: String, _ standard: String, _ isFused: Bool, _ config: LayerConfig
    ) throws -> Activation {
        if isFused || config.fields[key] == nil { return Activation(standard) }
        return try config.activation(key) ?? Activation("linear")
    }

    var parameters: [ParameterRole] {
        let outputs = OutputIndexing(axes: [1])
        return roles([
            ("kernel", .weight, outputs), ("recurrent_kernel", .weight, outputs),
            primitive.hasBias ? ("bias", .bias, .none) : nil,
        ]).map { $0.within(name, group: group) }
    }

    /// Declares the parameters for an input.
    func references(for value: ValueID, _ lowering: inout Lowering) throws -> [ParameterReference] {
        let depth = try lowering.channels(value, .last)
        let width = try Checked.multiply(primitive.units, primitive.gates, "number of units")
        var references = [
            try lowering.parameter("kernel", [depth, width]),
            try lowering.parameter("recurrent_kernel", [primitive.units, width]),
        ]
        guard primitive.hasBias else { return references }
        let shape: [Int] =
            if primitive.cell == .gru(resetsAfter: true), !isFlat {
                [2, width]
            } else {
                [isFlat ? try Checked.multiply(2, width, "number of units") : width]
            }
        references.append(try lowering.parameter("bias", shape))
        return references
    }
}

extension RecurrentCell {
    static let maximumCells = 1024

    /// The cells of an `RNN` layer.
    static func cells(in config: LayerConfig) throws -> [RecurrentCell] {
        let cell = try LayerKinds.configuration("cell", of: config)
        guard cell.className == "StackedRNNCells" else { return [try RecurrentCell(cell, name: "", group: "cell")] }
        guard let list = cell.value("cells")?.array, !list.isEmpty, list.count <= maximumCells else {
            throw config.failure("its stack of cells has no cells, or more than \(maximumCells).")
        }
        guard try !cell.bool("reverse_state_order", default: false) else {
            throw config.unsupported("its states are in reverse order")
        }
        var used: [String: Int] = [:]
        var names: Set<String> = []
        return try list.enumerated().map { index, json in
            let inner = try LayerKinds.configuration(json, "cells", of: cell)
            let group = inner.className.snakeCased
            let number = used[group, default: 0]
            used[group] = number + 1
            // Old files do not name their cells.
            let given = try inner.optionalString("name") ?? "cell_\(index)"
            let name = names.insert(given).inserted ? given : "\(given)_cell_\(index)"
            return try RecurrentCell(
                inner, name: name, group: "cell/cells/\(group)\(number > 0 ? "_\(number)" : "")")
        }
    }
}

extension String {
    /// The class names of cells as Keras writes them in paths: `LSTMCell` is `lstm_cell`.
    fileprivate var snakeCased: String {
        ["SimpleRNNCell": "simple_rnn_cell", "LSTMCell": "lstm_cell", "GRUCell": "gru_cell"][self] ?? lowercased()
    }
}
