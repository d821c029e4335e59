internal import Networks
internal import Tensors

/// An LSTM cell whose products are convolutions; channels last.
struct ConvolutionalRecurrenceKernel<T: Scalar>: Kernel {
    private let flow: RecurrentFlow<T>
    private let filters: Int
    /// Positions of a state.
    private let positions: Int
    private let inputConvolution: ConvolutionKernel<T>
    private let stateConvolution: ConvolutionKernel<T>
    private let activation: ElementFunction<T>
    private let gateActivation: ElementFunction<T>

    /// - Parameters:
    ///   - input: spatial extents of a step, and its channels.
    ///   - output: spatial extents of a state.
    init(
        _ primitive: ConvolutionalRecurrence, rows: Int, steps: Int, input: (extents: [Int], channels: Int),
        output: [Int], kernel: Storage<T>, recurrentKernel: Storage<T>, bias: Storage<T>?
    ) throws {
        filters = primitive.filters
        positions = output.reduce(1, *)
        let width = 4 * filters
        flow = RecurrentFlow(
            rows: rows, steps: steps, length: positions * filters, stateCount: 2,
            returnsSequences: primitive.returnsSequences, returnsState: primitive.returnsState,
            goesBackwards: primitive.goesBackwards, hasMask: primitive.hasMask,
            hasInitialState: primitive.hasInitialState, zeroesMaskedOutputs: primitive.zeroesMaskedOutputs,
            memory: RecurrentFlow.memory(primitive.isStateful, count: 2 * rows * positions * filters))
        inputConvolution = ConvolutionKernel(
            WindowGeometry(
                primitive.window, rows: rows * steps, channels: input.channels, input: input.extents, output: output),
            groups: 1, filters: width, kernel: kernel, epilogue: Epilogue(width: width, bias: bias, function: nil))
        stateConvolution = ConvolutionKernel(
            WindowGeometry(
                primitive.recurrentWindow, rows: rows, channels: filters, input: output, output: output),
            groups: 1, filters: width, kernel: recurrentKernel, epilogue: nil)
        activation = try ElementFunction(primitive.activation)
        gateActivation = try ElementFunction(primitive.recurrentActivation)
    }

    /// Numbers that the gates of one step of one row take.
    private var gateLength: Int { positions * 4 * filters }

    var scratchCount: Int {
        flow.rows * (flow.steps + 1) * gateLength + 2 * flow.stateLength
            + max(inputConvolution.scratchCount, stateConvolution.scratchCount)
    }

    func reset() { flow.reset() }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let inputGates = operands.scratch
        let stateGates = inputGates + flow.rows * flow.steps * gateLength
        let states = stateGates + flow.rows * gateLength
        let scratch = states + 2 * flow.stateLength
        let workers = operands.workers
        inputConvolution.run(
            Operands(inputs: [operands.inputs[0]], outputs: [inputGates], scratch: scratch, workers: workers))
        flow.run(operands, states: states) { _ in
            stateConvolution.run(
                Operands(inputs: [UnsafePointer(states)], outputs: [stateGates], scratch: scratch, workers: workers))
        } advance: { row, time in
            let x = inputGates + (row * flow.steps + time) * gateLength
            RecurrenceKernel<T>.add(stateGates + row * gateLength, x, gateLength)
            for position in 0..<positions { advance(row, position, x + position * 4 * filters, states) }
        }
    }

    /// One step of one position: gates i, f, c, o of `filters` each.
    private func advance(
        _ row: Int, _ position: Int, _ gates: UnsafeMutablePointer<T>, _ states: UnsafeMutablePointer<T>
    ) {
        let state = states + row * flow.length + position * filters
        let cell = state + flow.stateLength
        gateActivation.apply(gates, 2 * filters)
        activation.apply(gates + 2 * filters, filters)
        gateActivation.apply(gates + 3 * filters, filters)
        RecurrenceKernel<T>.updateCell(cell, gates, filters)
        state.copy(UnsafePointer(cell), filters)
        activation.apply(state, filters)
        RecurrenceKernel<T>.multiply(gates + 3 * filters, state, filters)
    }
}
