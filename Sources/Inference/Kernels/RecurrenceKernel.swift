internal import Networks
internal import Tensors

/// A recurrent cell over time: the products with the input for all steps at once, then step by step.
struct RecurrenceKernel<T: Scalar>: Kernel {
    private let primitive: Recurrence
    private let flow: RecurrentFlow<T>
    private let inputProduct: WeightProduct<T>
    private let stateProduct: WeightProduct<T>
    /// The weights of a product that comes after the gates; nil where there is none.
    private let candidateKernel: Storage<T>?
    /// Whether the functions are those of the paper.
    private let isStandard: Bool
    private let activation: ElementFunction<T>
    private let gateActivation: ElementFunction<T>

    init(
        _ primitive: Recurrence, _ input: ValueLayout, kernel: WeightMatrix<T>,
        recurrentKernel: WeightMatrix<T>, bias: Storage<T>?
    ) throws {
        self.primitive = primitive
        let (rows, steps, features) = (input.rows, input.extents[0], input.extents[1])
        flow = RecurrentFlow(
            rows: rows, steps: steps, length: primitive.units, stateCount: primitive.stateCount,
            returnsSequences: primitive.returnsSequences, returnsState: primitive.returnsState,
            goesBackwards: primitive.goesBackwards, hasMask: primitive.hasMask,
            hasInitialState: primitive.hasInitialState, zeroesMaskedOutputs: primitive.zeroesMaskedOutputs,
            memory: RecurrentFlow.memory(primitive.isStateful, count: primitive.stateCount * rows * primitive.units))
        let width = primitive.units * primitive.gates
        // A second bias is added to the products with the state.
        let first = bias.map { Storage(Array($0.array.prefix(width))) }
        let second = bias.flatMap { $0.count > width ? Storage(Array($0.array.dropFirst(width))) : nil }
        inputProduct = WeightProduct(
            kernel,
            Product(
                rows: rows * steps, columns: width, depth: features,
                epilogue: Epilogue(width: width, bias: first, function: nil)))
        var columns = width
        var candidateKernel: Storage<T>?
        if case .gru(resetsAfter: false) = primitive.cell {
            guard case .dense(let storage) = recurrentKernel else {
                preconditionFailure("such a cell takes its weights dense")
            }
            columns = 2 * primitive.units
            candidateKernel = storage
        }
        self.candidateKernel = candidateKernel
        stateProduct = WeightProduct(
            recurrentKernel,
            Product(
                rows: rows, columns: columns, depth: primitive.units, bStride: width, cStride: width,
                epilogue: Epilogue(width: width, bias: second, function: nil)),
            adds: second == nil && (primitive.cell == .simple || primitive.cell == .lstm), cStride: steps * width)
        isStandard = primitive.activation.name == "tanh" && primitive.recurrentActivation.name == "sigmoid"
        activation = try ElementFunction(primitive.activation)
        gateActivation = try ElementFunction(primitive.recurrentActivation)
    }

    private var units: Int { primitive.units }
    private var width: Int { primitive.units * primitive.gates }
    private var rows: Int { flow.rows }
    private var steps: Int { flow.steps }

    /// Products with the input, products with the state, the states, and a state in the making; then what products take.
    var scratchCount: Int { ownScratch + max(inputProduct.scratchCount, stateProduct.scratchCount) }
    private var ownScratch: Int {
        rows * steps * width + rows * width + (primitive.stateCount + 1) * flow.stateLength
    }

    var isSparse: Bool { inputProduct.isSparse || stateProduct.isSparse }

    func reset() { flow.reset() }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let inputProducts = operands.scratch
        let stateProducts = inputProducts + rows * steps * width
        let states = stateProducts + rows * width
        let rest = operands.scratch + ownScratch
        inputProduct.run(operands.inputs[0], inputProducts, scratch: rest, operands.workers)
        flow.run(operands, states: states) { time in
            // Products with the state that are only summed with those of the input go where those are.
            stateProduct.run(
                UnsafePointer(states), stateProduct.adds ? inputProducts + time * width : stateProducts, scratch: rest,
                operands.workers)
        } advance: { row, time in
            advance(row, time, inputProducts, stateProducts, states)
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
            if !stateProduct.adds { Self.add(h, x, units) }
            activation.apply(x, units)
            state.copy(x, units)
        case .lstm where isStandard:
            if !stateProduct.adds { Self.add(h, x, width) }
            T.lstm(UnsafePointer(x), cell: states + flow.stateLength + row * units, state: state, units)
        case .lstm:
            if !stateProduct.adds { Self.add(h, x, width) }
            gateActivation.apply(x, 2 * units)
            activation.apply(x + 2 * units, units)
            gateActivation.apply(x + 3 * units, units)
            let cell = states + flow.stateLength + row * units
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
            let reset = states + primitive.stateCount * flow.stateLength + row * units
            reset.copy(state, units)
            Self.multiply(x + units, reset, units)
            T.product(
                rows: 1, columns: units, depth: units, UnsafePointer(reset), aStride: units,
                UnsafePointer(candidateKernel!.base) + 2 * units, bStride: width, bIsTransposed: false, x + 2 * units,
                cStride: width, adds: true)
            activation.apply(x + 2 * units, units)
            Self.blend(x, x + 2 * units, state, units)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    static func add(_ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ count: Int) {
        for index in 0..<count { target[index] += source[index] }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    static func multiply(_ source: UnsafeMutablePointer<T>, _ target: UnsafeMutablePointer<T>, _ count: Int) {
        for index in 0..<count { target[index] *= source[index] }
    }

    /// c ← f · c + i · g, where gates of `count` lie i, f, g.
    @specialized(where T == Float)
    @specialized(where T == Double)
    static func updateCell(
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
