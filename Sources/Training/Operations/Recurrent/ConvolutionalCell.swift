internal import Networks
internal import Tensors

/// One step of an LSTM whose products are convolutions, and back; channels last. At each position it is an LSTM.
struct ConvolutionalCell<N: Number>: RecurrentTransition {
    /// The gates of all positions of all rows.
    private let gates: RecurrentCell<N>
    private let positions: Int
    private let hasBias: Bool
    private let inputConvolution: ConvolutionOperation<N>
    private let stateConvolution: ConvolutionOperation<N>

    /// - Parameters:
    ///   - input: of all steps.
    ///   - output: of all steps, or of one.
    /// - Throws: `unsupported` with channels first.
    init(_ primitive: ConvolutionalRecurrence, input: ValueShape, output: ValueShape) throws {
        guard primitive.channels == .last else {
            throw SparsifyError(
                .unsupported, "There is no gradient of a convolutional recurrent layer with channels first.")
        }
        let (rows, steps) = (input.rows, input.extents[0])
        let spatial = output.extents.dropFirst(primitive.returnsSequences ? 1 : 0).dropLast()
        let gates = 4 * primitive.filters
        func shape(_ rows: Int, _ spatial: some Collection<Int>, _ channels: Int) throws -> ValueShape {
            try ValueShape(rows: rows, extents: Array(spatial) + [channels])
        }
        let frames = try Checked.multiply(rows, steps, "number of examples and steps")
        inputConvolution = try ConvolutionOperation(
            Convolution(window: primitive.window, filters: gates, channels: .last, hasBias: primitive.hasBias),
            input: ValueShape(rows: frames, extents: Array(input.extents.dropFirst())),
            output: shape(frames, spatial, gates))
        stateConvolution = try ConvolutionOperation(
            Convolution(window: primitive.recurrentWindow, filters: gates, channels: .last, hasBias: false),
            input: shape(rows, spatial, primitive.filters), output: shape(rows, spatial, gates))
        positions = spatial.reduce(1, *)
        hasBias = primitive.hasBias
        self.gates = try RecurrentCell(
            Recurrence(
                .lstm, units: primitive.filters, hasBias: false, returnsSequences: false,
                activation: primitive.activation, recurrentActivation: primitive.recurrentActivation),
            rows: Checked.multiply(rows, positions, "number of positions"), steps: 1, features: 0)
    }

    var stateCount: Int { 2 }
    var length: Int { positions * gates.units }
    var width: Int { positions * gates.width }

    private func ofInput<T>(_ parameters: [T]) -> [T] { hasBias ? [parameters[0], parameters[2]] : [parameters[0]] }

    func products(_ input: Block<N>, _ parameters: [Block<N>], _ pool: BlockPool<N>) -> Block<N> {
        inputConvolution.forward([input], ofInput(parameters), pool)[0]
    }

    func productGradients(_ step: BackwardStep<N>, _ given: Block<N>, _ pool: BlockPool<N>) -> Block<N>? {
        inputConvolution.backward(
            BackwardStep(
                inputs: [step.inputs[0]], parameters: ofInput(step.parameters), outputs: [given], gradients: [given],
                needsInput: [step.needsInput[0]], parameterGradients: ofInput(step.parameterGradients)), pool)[0]
    }

    func productTangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> Block<N> {
        inputConvolution.along(
            input: (step.inputs[0], step.inputTangents[0]), kernel: (step.parameters[0], step.parameterTangents[0]),
            bias: hasBias ? step.parameterTangents[2] : nil, pool)
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func advance(
        _ input: Block<N>, _ states: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>
    ) -> RecurrentMoment<N> {
        let products = stateConvolution.forward([states[0]], [parameters[1]], pool)[0]
        return gates.advance(input, states, products: products, kernel: parameters[1], pool)
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func retreat(
        _ moment: RecurrentMoment<N>, _ states: [Block<N>], _ parameters: [Block<N>], into targets: [Block<N>?],
        _ pool: BlockPool<N>
    ) -> (input: Block<N>, states: [Block<N>]) {
        let (input, before) = (pool.block(moment.sums.count), pool.block(moment.before[1].count))
        gates.retreatLSTM(moment, states, input, before)
        let hidden = stateConvolution.backward(
            BackwardStep(
                inputs: [moment.before[0]], parameters: [parameters[1]], outputs: [moment.products],
                gradients: [input], needsInput: [true], parameterGradients: [targets[1]]), pool)[0]
        return (input, [hidden ?? pool.zeros(before.count), before])
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(
        _ moment: RecurrentMoment<N>, _ input: Block<N>, _ states: [Block<N>], _ step: TangentStep<N>,
        _ pool: BlockPool<N>
    ) -> [Block<N>] {
        let moved = stateConvolution.along(
            input: (moment.before[0], states[0]), kernel: (step.parameters[1], step.parameterTangents[1]), bias: nil,
            pool)
        moved.add(input)
        return gates.lstmTangents(moment, states[1], moved, pool)
    }
}
