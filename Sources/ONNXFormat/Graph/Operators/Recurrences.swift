internal import Networks
internal import Tensors

/// Recurrent layers.
extension GraphOperators {
    static let recurrences: [String: GraphOperator] = [
        "LSTM": { try $0.recur(.lstm) },
        "GRU": {
            let resetsAfter = $0.node.flag("linear_before_reset")
            return try $0.recur(.gru(resetsAfter: resetsAfter))
        },
        "RNN": { try $0.recur(.simple) },
    ]
}

extension GraphLowering {
    fileprivate mutating func recur(_ cell: Recurrence.Cell) throws -> [GraphValue] {
        let value = try computed(0)
        let isBatchFirst = node.flag("layout")
        let extents = extents(value)
        guard extents.count == 2, value.batch == (isBatchFirst ? 0 : 1), value.folded.isEmpty else {
            throw mixesExamples
        }
        let units = node.integer("hidden_size", default: 0)
        let names = ["forward": [false], "reverse": [true], "bidirectional": [false, true]]
        guard let directions = names[node.text("direction", default: "forward")], (1...1 << 24).contains(units) else {
            throw malformed("Its direction or its number of units is none.")
        }
        guard node.attribute("clip") == nil else { throw unsupported("it clips its products") }
        guard !node.flag("input_forget") else { throw unsupported("it couples the input and forget gates") }
        if has(7) { throw unsupported("it has peepholes") }
        try checkLengths(extents[0])

        var sequences: [ValueID] = []
        var states: [[ValueID]] = []
        for (direction, isReversed) in directions.enumerated() {
            var primitive = Recurrence(
                cell, units: units, hasBias: has(3), returnsSequences: true, returnsState: true,
                goesBackwards: isReversed)
            try setActivations(&primitive, direction, directions.count)
            let initial = try initialStates(primitive.stateCount, direction, directions.count, isBatchFirst)
            primitive.hasInitialState = !initial.isEmpty
            let references = try weights(primitive, direction, directions.count, inputs: extents[1])
            let results = try program.push(.recurrence(primitive), [value.id] + initial, references)
            // Outputs stand in the order of time.
            sequences.append(isReversed ? try push(.reversal(Reversal(axis: 0)), [results[0]]) : results[0])
            states.append(Array(results.dropFirst()))
        }
        let rows = try sequences.map { try reshape($0, [extents[0], 1, units]) }
        let sequence = rows.count == 1 ? rows[0] : try push(.concatenation(Concatenation(axis: 1)), rows)
        var results = [GraphValue(.computed(ComputedValue(id: sequence, batch: isBatchFirst ? 0 : 2)))]
        for index in states[0].indices {
            let rows = try states.map { try reshape($0[index], [1, units]) }
            let state = rows.count == 1 ? rows[0] : try push(.concatenation(Concatenation(axis: 0)), rows)
            results.append(GraphValue(.computed(ComputedValue(id: state, batch: isBatchFirst ? 0 : 1))))
        }
        return results
    }

    /// All sequences must be of full length.
    private func checkLengths(_ steps: Int?) throws {
        guard has(4) else { return }
        guard let lengths = try constantIfKnown(4), let steps, lengths.numbers.allSatisfy({ $0.integer == steps })
        else {
            throw unsupported("its sequences are of different lengths")
        }
    }

    private func setActivations(_ primitive: inout Recurrence, _ direction: Int, _ directions: Int) throws {
        guard let names = node.texts("activations") else { return }
        guard node.attribute("activation_alpha") == nil, node.attribute("activation_beta") == nil else {
            throw unsupported("its activation functions have parameters")
        }
        let own = primitive.cell == .simple ? 1 : primitive.cell == .lstm ? 3 : 2
        guard names.count == own * directions else { throw malformed("It has \(names.count) activation functions.") }
        let known = [
            "relu": "relu", "tanh": "tanh", "sigmoid": "sigmoid", "softsign": "softsign", "softplus": "softplus",
        ]
        let functions = try names[direction * own..<(direction + 1) * own].map { name in
            guard let function = known[name.lowercased()] else {
                throw unsupported("its activation function '\(name)' is not known")
            }
            return Activation(function).canonical()
        }
        if own == 3, functions[1] != functions[2] { throw unsupported("its cell has two activation functions") }
        primitive.recurrentActivation = functions[0]
        primitive.activation = functions[own == 1 ? 0 : 1]
    }

    private mutating func initialStates(
        _ count: Int, _ direction: Int, _ directions: Int, _ isBatchFirst: Bool
    ) throws -> [ValueID] {
        let places = (0..<count).map { 5 + $0 }
        let isZero = try places.allSatisfy { place in
            guard has(place) else { return true }
            return try constantIfKnown(place).map { $0.numbers.allSatisfy { $0 == .real(0) } } ?? false
        }
        if isZero { return [] }
        return try places.map { place in
            let value = try input(place)
            guard case .computed(let computed) = value.content else {
                let tensor = try has(place) ? constant(place) : HostTensor(scalar: 0)
                guard tensor.dimensions.count == 3 else { throw unsupported("one of its first states is given alone") }
                let shared = try withoutExamples(tensor, axis: isBatchFirst ? 0 : 1)
                let own = shared.viewed { $0.selecting([direction], axis: 0).removing(axis: 0) }
                return try materialised(own, with: try self.computed(0).id)
            }
            guard computed.batch == (isBatchFirst ? 0 : 1), extents(computed).count == 2 else { throw mixesExamples }
            let units = extents(computed)[1]
            let row = try push(.slicing(Slicing(axis: 0, start: direction, count: 1)), [computed.id])
            return try reshape(row, [units])
        }
    }

    /// ONNX keeps the gates one under another, for each direction: (directions, gates · units, inputs).
    private mutating func weights(
        _ primitive: Recurrence, _ direction: Int, _ directions: Int, inputs: Int?
    ) throws -> [ParameterReference] {
        guard let inputs else { throw unsupported("the model leaves the number of features open") }
        let (gates, units) = (primitive.gates, primitive.units)
        // Gates i, o, f, c there; i, f, c, o here.
        let order = primitive.cell == .lstm ? [0, 2, 3, 1] : Array(0..<gates)
        var references: [ParameterReference] = []
        for (index, depth) in [(1, inputs), (2, units)] {
            let shape = dimensions(try input(index)).compactMap(\.integer)
            guard shape == [directions, gates * units, depth] else {
                throw malformed(
                    "Its input \(index) has the shape \(shape), not (\(directions), \(gates * units), \(depth)).")
            }
            references.append(
                try parameter(index, index == 1 ? "W" : "R", .weight, outputs: OutputIndexing(axes: [1])) { view in
                    let own = view.selecting([direction], axis: 0).removing(axis: 0)
                    guard let split = own.splitting(axis: 0, into: [gates, units]) else {
                        throw SparsifyError(.unsupported, "its weights are a part of others")
                    }
                    return split.selecting(order, axis: 0).transposed([2, 0, 1]).merging(axis: 1)
                })
        }
        guard primitive.hasBias else { return references }
        let shape = dimensions(try input(3)).compactMap(\.integer)
        guard shape == [directions, 2 * gates * units] else {
            throw malformed("Its biases have the shape \(shape), not (\(directions), \(2 * gates * units)).")
        }
        let keepsBoth = primitive.cell == .gru(resetsAfter: true)
        references.append(
            try parameter(3, "B", .bias) { view in
                let own = view.selecting([direction], axis: 0).removing(axis: 0)
                guard let split = own.splitting(axis: 0, into: [2, gates, units]) else {
                    throw SparsifyError(.unsupported, "its biases are a part of others")
                }
                let ordered = split.selecting(order, axis: 1).merging(axis: 1)
                if keepsBoth { return ordered }
                // One bias for each of the two products, which are summed.
                let distance = ordered.offsets[0][1] - ordered.offsets[0][0]
                var first = ordered.selecting([0], axis: 0).removing(axis: 0)
                first.addends += first.addends.map { $0 + distance }
                return first
            })
        return references
    }
}
