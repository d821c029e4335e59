/// A recurrent layer forwards and one backwards, their results joined.
struct BidirectionalLayer: LayerKind {
    static let names = ["Bidirectional"]

    private let forward: any RecurrentKind
    private let backward: any RecurrentKind
    private let mergeMode: String?
    /// What the parameters of the backward layer are named after: one that the user gave keeps its name.
    private let backwardPart: String

    init(_ config: LayerConfig) throws {
        let layer = try LayerKinds.configuration("layer", of: config)
        var reversed = layer.fields
        reversed["go_backwards"] = .bool(true)
        let other =
            config.value("backward_layer") == nil
            ? LayerConfig(layer.path, layer.className, reversed, layer.dialect, depth: layer.depth)
            : try LayerKinds.configuration("backward_layer", of: config)
        guard let forward = try LayerKinds.kind(layer) as? any RecurrentKind,
            let backward = try LayerKinds.kind(other) as? any RecurrentKind
        else { throw config.unsupported("it wraps something else than a recurrent layer") }
        guard forward.options.returnsSequences == backward.options.returnsSequences,
            forward.options.returnsState == backward.options.returnsState
        else { throw config.failure("its two layers do not return the same.") }
        let name = config.value("backward_layer") == nil ? nil : try other.optionalString("name")
        backwardPart = name.flatMap { $0.isEmpty || $0.hasPrefix("backward") ? nil : $0 } ?? "backward"
        guard backwardPart != "forward" else { throw config.failure("its backward layer is named 'forward'.") }
        self.forward = forward
        self.backward = backward
        mergeMode = config.fields["merge_mode"] == nil ? "concat" : try config.optionalString("merge_mode")
    }

    var parameters: [ParameterRole] {
        forward.parameters.map { $0.within("forward", group: "forward_layer") }
            + backward.parameters.map { $0.within(backwardPart, group: "backward_layer") }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let states = forward.stateCount
        var call = try lowering.recurrentCall(inputs, states: states + backward.stateCount)
        let initial = call.initialStates
        // Keras makes both layers do this whatever they were told.
        call.zeroesMaskedOutputs = forward.options.returnsSequences
        call.initialStates = Array(initial.prefix(states))
        let first = try lowering.part("forward") { try forward.run(call, into: &$0) }
        call.initialStates = Array(initial.dropFirst(states))
        var second = try lowering.part(backwardPart) { try backward.run(call, into: &$0) }
        if forward.options.returnsSequences {
            second[0] = try lowering.push(.reversal(Reversal(axis: 0)), [second[0]])
        }
        let outputs = try merge(first[0], second[0], &lowering)
        if forward.options.returnsSequences, let mask = call.mask {
            for output in outputs { lowering.setMask(mask, of: output) }
        }
        return outputs + first.dropFirst() + second.dropFirst()
    }

    private func merge(_ first: ValueID, _ second: ValueID, _ lowering: inout Lowering) throws -> [ValueID] {
        switch mergeMode {
        case nil: return [first, second]
        case "concat": return [try lowering.concatenate([first, second], axis: lowering.extents(first).count - 1)]
        case "sum": return [try lowering.combine(.add, first, second)]
        case "mul": return [try lowering.combine(.multiply, first, second)]
        case "ave": return [try lowering.combine(.average, first, second)]
        case let mode?: throw lowering.failure("'merge_mode' is '\(mode)'.")
        }
    }
}
