internal import Tensors

/// A layer that goes through the steps of its input, so that another can run it backwards beside itself.
protocol RecurrentKind: LayerKind {
    var options: RecurrentOptions { get }
    /// How many states a call may begin with, and returns where it returns any.
    var stateCount: Int { get }

    /// Pushes the primitives.
    ///
    /// - Returns: the output, and the states where they are returned.
    func run(_ call: RecurrentCall, into lowering: inout Lowering) throws -> [ValueID]
}

/// What a recurrent layer is called with.
struct RecurrentCall {
    var value: ValueID
    /// One element for each step.
    var mask: ValueID?
    var initialStates: [ValueID] = []
    /// Overrules the layer's own option.
    var zeroesMaskedOutputs: Bool?
}

/// What all recurrent layers can be told.
struct RecurrentOptions: Sendable {
    let returnsSequences: Bool
    let returnsState: Bool
    let goesBackwards: Bool
    let isStateful: Bool
    let zeroesMaskedOutputs: Bool

    init(_ config: LayerConfig) throws {
        returnsSequences = try config.bool("return_sequences", default: false)
        returnsState = try config.bool("return_state", default: false)
        goesBackwards = try config.bool("go_backwards", default: false)
        isStateful = try config.bool("stateful", default: false)
        zeroesMaskedOutputs = try config.bool("zero_output_for_mask", default: false)
        guard try !config.bool("time_major", default: false) else {
            throw config.unsupported("its steps come before the batch")
        }
        guard try config.integer("num_constants", default: 0, in: 0...Int.max) == 0 else {
            throw config.unsupported("its cell takes constants")
        }
    }
}

extension RecurrentKind {
    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let call = try lowering.recurrentCall(inputs, states: stateCount)
        let results = try run(call, into: &lowering)
        if options.returnsSequences, let mask = call.mask { lowering.setMask(mask, of: results[0]) }
        return results
    }
}

extension Lowering {
    /// A call of a recurrent layer: after the value come the states that it begins with, if any.
    func recurrentCall(_ inputs: [ValueID], states: Int) throws -> RecurrentCall {
        let initial = Array(inputs.dropFirst())
        guard initial.isEmpty || initial.count == states else {
            throw failure("It begins with \(states) states and is given \(initial.count).")
        }
        let mask = call(mask: inputs[0])
        if let mask, extents(mask).count != 1 {
            throw failure("A mask of shape \(extents(mask).text) does not tell steps.")
        }
        return RecurrentCall(value: inputs[0], mask: mask, initialStates: initial)
    }
}
