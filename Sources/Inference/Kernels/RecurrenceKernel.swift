internal import Networks
internal import Tensors

/// A recurrent cell over time: the products with the input for all steps at once, then step by step.
struct RecurrenceKernel<T: Scalar>: Kernel {
    private let primitive: Recurrence
    private let rows: Int
    private let steps: Int
    private let features: Int
    private let kernel: Storage<T>
    private let recurrentKernel: Storage<T>
    private let inputProduct: Product<T>
    private let stateProduct: Product<T>
    private let activation: ElementFunction<T>
    private let gateActivation: ElementFunction<T>
    private let memory: RecurrentMemory<T>?

    init(
        _ primitive: Recurrence, _ input: ValueLayout, kernel: Storage<T>, recurrentKernel: Storage<T>,
        bias: Storage<T>?
    ) throws {
        self.primitive = primitive
        rows = input.rows
        steps = input.extents[0]
        features = input.extents[1]
        self.kernel = kernel
        self.recurrentKernel = recurrentKernel
        let width = primitive.units * primitive.gates
        // A second bias is added to the products with the state.
        let first = bias.map { Storage(Array($0.array.prefix(width))) }
        let second = bias.flatMap { $0.count > width ? Storage(Array($0.array.dropFirst(width))) : nil }
        inputProduct = Product(
            rows: input.rows * steps, columns: width, depth: features,
            epilogue: Epilogue(width: width, bias: first, function: nil))
        var columns = width
        if case .gru(resetsAfter: false) = primitive.cell { columns = 2 * primitive.units }
        stateProduct = Product(
            rows: input.rows, columns: columns, depth: primitive.units, bStride: width, cStride: width,
            epilogue: Epilogue(width: width, bias: second, function: nil))
        activation = try ElementFunction(primitive.activation)
        gateActivation = try ElementFunction(primitive.recurrentActivation)
        memory =
            primitive.isStateful ? RecurrentMemory(count: primitive.stateCount * input.rows * primitive.units) : nil
    }

    private var units: Int { primitive.units }
    private var width: Int { primitive.units * primitive.gates }
    private var stateLength: Int { rows * units }

    /// Products with the input, products with the state, the states, and a state in the making.
    var scratchCount: Int { rows * steps * width + rows * width + (primitive.stateCount + 1) * stateLength }

    func reset() { memory?.values.base.clear(primitive.stateCount * stateLength) }

    func run(_ operands: Operands<T>) {
        let inputProducts = operands.scratch
        let stateProducts = inputProducts + rows * steps * width
        let states = stateProducts + rows * width
        inputProduct.run(operands.inputs[0], UnsafePointer(kernel.base), inputProducts, operands.workers)
        begin(states, operands)

        let mask = primitive.hasMask ? operands.inputs[1] : nil
        for step in 0..<steps {
            let time = primitive.goesBackwards ? steps - 1 - step : step
            stateProduct.run(
                UnsafePointer(states), UnsafePointer(recurrentKernel.base), stateProducts, operands.workers)
            for row in 0..<rows {
                let isMasked = mask.map { $0[row * steps + time] == 0 } ?? false
                if !isMasked { advance(row, time, inputProducts, stateProducts, states) }
                guard primitive.returnsSequences else { continue }
                let output = operands.outputs[0] + (row * steps + step) * units
                if isMasked, primitive.zeroesMaskedOutputs {
                    output.clear(units)
                } else if isMasked, step == 0 {
                    // There is no output before the first.
                    output.clear(units)
                } else if isMasked {
                    output.copy(output - units, units)
                } else {
                    output.copy(states + row * units, units)
                }
            }
        }
        end(states, operands)
    }

    /// What each state is before the first step.
    private func begin(_ states: UnsafeMutablePointer<T>, _ operands: Operands<T>) {
        let first = primitive.hasMask ? 2 : 1
        for state in 0..<primitive.stateCount {
            let place = states + state * stateLength
            if primitive.hasInitialState {
                place.copy(operands.inputs[first + state], stateLength)
            } else if let memory {
                place.copy(memory.values.base + state * stateLength, stateLength)
            } else {
                place.clear(stateLength)
            }
        }
    }

    private func end(_ states: UnsafeMutablePointer<T>, _ operands: Operands<T>) {
        if !primitive.returnsSequences {
            operands.outputs[0].copy(states, stateLength)
            if primitive.hasMask { clearMaskedOutputs(operands) }
        }
        if primitive.returnsState {
            for state in 0..<primitive.stateCount {
                operands.outputs[1 + state].copy(states + state * stateLength, stateLength)
            }
        }
        memory?.values.base.copy(states, primitive.stateCount * stateLength)
    }

    /// The output of a row whose last step is passed over is that of an earlier one, which is the state; where there is
    /// none, or where the layer says so, it is zero.
    private func clearMaskedOutputs(_ operands: Operands<T>) {
        for row in 0..<rows {
            let mask = operands.inputs[1] + row * steps
            let last = primitive.goesBackwards ? 0 : steps - 1
            let isCleared =
                primitive.zeroesMaskedOutputs ? mask[last] == 0 : (0..<steps).allSatisfy { mask[$0] == 0 }
            if isCleared { (operands.outputs[0] + row * units).clear(units) }
        }
    }

    /// One step of one row; gates lie as in `Recurrence`.
    private func advance(
        _ row: Int, _ time: Int, _ inputProducts: UnsafeMutablePointer<T>, _ stateProducts: UnsafeMutablePointer<T>,
        _ states: UnsafeMutablePointer<T>
    ) {
        let x = inputProducts + (row * steps + time) * width
        let h = stateProducts + row * width
        let state = states + row * units
        switch primitive.cell {
        case .simple:
            Self.add(h, x, units)
            activation.apply(x, units)
            state.copy(x, units)
        case .lstm:
            Self.add(h, x, width)
            gateActivation.apply(x, 2 * units)
            activation.apply(x + 2 * units, units)
            gateActivation.apply(x + 3 * units, units)
            let cell = states + stateLength + row * units
            Self.updateCell(cell, x, units)
            state.copy(cell, units)
            activation.apply(state, units)
            Self.multiply(x + 3 * units, state, units)
        case .gru(resetsAfter: true):
            Self.add(h, x, 2 * units)
            gateActivation.apply(x, 2 * units)
            Self.multiply(x + units, h + 2 * units, units)
            Self.add(h + 2 * units, x + 2 * units, units)
            activation.apply(x + 2 * units, units)
            Self.blend(x, x + 2 * units, state, units)
        case .gru(resetsAfter: false):
            Self.add(h, x, 2 * units)
            gateActivation.apply(x, 2 * units)
            let reset = states + primitive.stateCount * stateLength + row * units
            reset.copy(state, units)
            Self.multiply(x + units, reset, units)
            T.product(
                rows: 1, columns: units, depth: units, UnsafePointer(reset), aStride: units,
                UnsafePointer(recurrentKernel.base) + 2 * units, bStride: width, bIsTransposed: false, x + 2 * units,
                cStride: width, adds: true)
            activation.apply(x + 2 * units, units)
            Self.blend(x, x + 2 * units, state, units)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func add(_ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ count: Int) {
        for index in 0..<count { target[index] += source[index] }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func multiply(_ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ count: Int) {
        for index in 0..<count { target[index] *= source[index] }
    }

    /// c ← f · c + i · g
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func updateCell(
        _ cell: UnsafeMutablePointer<T>, _ gates: UnsafeMutablePointer<T>, _ count: Int
    ) {
        for index in 0..<count {
            cell[index] = gates[count + index] * cell[index] + gates[index] * gates[2 * count + index]
        }
    }

    /// h ← z · h + (1 − z) · n
    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func blend(
        _ gate: UnsafeMutablePointer<T>, _ candidate: UnsafeMutablePointer<T>, _ state: UnsafeMutablePointer<T>,
        _ count: Int
    ) {
        for index in 0..<count {
            state[index] = gate[index] * state[index] + (1 - gate[index]) * candidate[index]
        }
    }
}

/// The states that a stateful layer carries from batch to batch.
final class RecurrentMemory<T: Scalar>: Sendable {
    let values: Storage<T>

    init(count: Int) { values = Storage([T](repeating: 0, count: count)) }
}
