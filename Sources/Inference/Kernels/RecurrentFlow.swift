internal import Networks

/// What recurrent kernels have in common: the walk over time, states, masks and outputs.
struct RecurrentFlow<T: Scalar>: Sendable {
    var rows: Int
    var steps: Int
    /// Numbers of one state of one row.
    var length: Int
    var stateCount: Int
    var returnsSequences: Bool
    var returnsState: Bool
    var goesBackwards: Bool
    var hasMask: Bool
    var hasInitialState: Bool
    var zeroesMaskedOutputs: Bool
    /// The states that a stateful layer carries from batch to batch.
    var memory: Storage<T>?

    /// Numbers of one state of all rows.
    var stateLength: Int { rows * length }

    static func memory(_ isStateful: Bool, count: Int) -> Storage<T>? {
        isStateful ? Storage([T](repeating: 0, count: count)) : nil
    }

    func reset() { memory?.base.clear(stateCount * stateLength) }

    /// Walks over time.
    ///
    /// - Parameters:
    ///   - states: room for all states, one after another.
    ///   - prepare: called before the step for a time.
    ///   - advance: takes the states of a row one step further, with the input of a time.
    func run(
        _ operands: Operands<T>, states: UnsafeMutablePointer<T>, prepare: (_ time: Int) throws -> Void,
        advance: (_ row: Int, _ time: Int) -> Void
    ) rethrows {
        begin(states, operands)
        let mask = hasMask ? operands.inputs[1] : nil
        for step in 0..<steps {
            let time = goesBackwards ? steps - 1 - step : step
            try prepare(time)
            for row in 0..<rows {
                let isMasked = mask.map { $0[row * steps + time] == 0 } ?? false
                if !isMasked { advance(row, time) }
                guard returnsSequences else { continue }
                let output = operands.outputs[0] + (row * steps + step) * length
                if !isMasked {
                    output.copy(states + row * length, length)
                } else if zeroesMaskedOutputs || step == 0 {
                    output.clear(length)
                } else {
                    output.copy(output - length, length)
                }
            }
        }
        end(states, operands)
    }

    private func begin(_ states: UnsafeMutablePointer<T>, _ operands: Operands<T>) {
        let first = hasMask ? 2 : 1
        for state in 0..<stateCount {
            let place = states + state * stateLength
            if hasInitialState {
                place.copy(operands.inputs[first + state], stateLength)
            } else if let memory {
                place.copy(memory.base + state * stateLength, stateLength)
            } else {
                place.clear(stateLength)
            }
        }
    }

    private func end(_ states: UnsafeMutablePointer<T>, _ operands: Operands<T>) {
        if !returnsSequences {
            operands.outputs[0].copy(states, stateLength)
            if hasMask { clearMaskedOutputs(operands) }
        }
        if returnsState {
            for state in 0..<stateCount { operands.outputs[1 + state].copy(states + state * stateLength, stateLength) }
        }
        memory?.base.copy(states, stateCount * stateLength)
    }

    /// The output of a row whose last step is passed over is that of an earlier one, which is the state; where there is
    /// none, or where the layer says so, it is zero.
    private func clearMaskedOutputs(_ operands: Operands<T>) {
        for row in 0..<rows {
            let mask = operands.inputs[1] + row * steps
            let last = goesBackwards ? 0 : steps - 1
            let isCleared = zeroesMaskedOutputs ? mask[last] == 0 : (0..<steps).allSatisfy { mask[$0] == 0 }
            if isCleared { (operands.outputs[0] + row * length).clear(length) }
        }
    }
}
