internal import Networks
internal import Tensors

/// Makes the operation of a step.
struct OperationFactory<N: Number> {
    let step: Step
    let inputs: [ValueShape]
    let outputs: [ValueShape]
    let parameterShapes: [[Int]]
    let layer: String
    /// Whether batch normalisations go by the batch, as in training.
    var isTraining = false
    /// What noise is drawn by; nil: there is none.
    var chance: Chance?
    /// The step's, by which its noise differs from others'.
    var number = 0

    /// The same for other numbers.
    func converted<M: Number>() -> OperationFactory<M> {
        OperationFactory<M>(
            step: step, inputs: inputs, outputs: outputs, parameterShapes: parameterShapes, layer: layer,
            isTraining: isTraining, chance: chance, number: number)
    }

    private var input: ValueShape { inputs[0] }
    private var output: ValueShape { outputs[0] }

    /// - Throws: `unsupported` where there is no gradient of the primitive.
    func make() throws -> any Operation<N> {
        switch step.primitive {
        case .contraction(let primitive):
            try ContractionOperation<N>(
                primitive, input: input, output: output, biasShape: primitive.hasBias ? parameterShapes[1] : nil)
        case .convolution(let primitive):
            try channelsLast(primitive.channels) { try ConvolutionOperation<N>(primitive, input: $0, output: $1) }
        case .depthwiseConvolution(let primitive):
            try channelsLast(primitive.channels) {
                try DepthwiseConvolutionOperation<N>(primitive, input: $0, output: $1)
            }
        case .transposedConvolution(let primitive):
            try channelsLast(primitive.channels) {
                try TransposedConvolutionOperation<N>(primitive, input: $0, output: $1)
            }
        case .pooling(let primitive):
            try channelsLast(primitive.channels) { try PoolingOperation<N>(primitive, input: $0, output: $1) }
        case .resampling(let primitive):
            try channelsLast(primitive.channels) { try ResamplingOperation<N>(primitive, input: $0, output: $1) }
        case .valueProduct(let primitive): try ValueProductOperation<N>(primitive, inputs: inputs)
        case .recurrence(let primitive):
            try RecurrenceOperation<N>(primitive, input: input, chance: chance, number: number)
        case .reduction(let primitive):
            ReductionOperation<N>(primitive, input: input, output: output, mask: inputs.dropFirst().first)
        case .affine(let primitive): affine(primitive)
        case .standardisation(let primitive): StandardisationOperation<N>(primitive, input: input)
        case .elementwise(let primitive):
            try ElementwiseOperation<N>(primitive, inputs: inputs, output: output)
        case .activation(let primitive): try activation(primitive)
        case .gather(let primitive): GatherOperation<N>(primitive, table: parameterShapes[0], layer: layer)
        case .noise(let primitive):
            if let chance {
                NoiseOperation<N>(primitive, input: input, chance, number: number)
            } else {
                ViewOperation<N>()
            }
        case .convolutionalRecurrence(let primitive):
            try RecurrenceOperation<N>(primitive, input: input, output: output, chance: chance, number: number)
        default: try movement()
        }
    }

    /// The same product without what is added to it, for squares and variances.
    ///
    /// - Throws: `unsupported` where the step is no product of values and a parameter.
    func makeVariance() throws -> any Operation<N> {
        var plain = step
        switch step.primitive {
        case .contraction(var primitive):
            primitive.hasBias = false
            plain.primitive = .contraction(primitive)
        case .convolution(var primitive):
            primitive.hasBias = false
            plain.primitive = .convolution(primitive)
        case .depthwiseConvolution(var primitive):
            primitive.hasBias = false
            plain.primitive = .depthwiseConvolution(primitive)
        case .transposedConvolution(var primitive):
            primitive.hasBias = false
            plain.primitive = .transposedConvolution(primitive)
        default:
            throw SparsifyError(
                .unsupported,
                "What weights of this layer make cannot be drawn at random: it is no product of them alone.",
                remedy: "Leave its weights out with --exclude, or choose another criterion.")
        }
        return try OperationFactory(
            step: plain, inputs: inputs, outputs: outputs, parameterShapes: Array(parameterShapes.prefix(1)),
            layer: layer
        ).make()
    }

    /// Steps that only move elements, or make them of nothing.
    private func movement() throws -> any Operation<N> {
        switch step.primitive {
        case .reshape, .batching: ViewOperation<N>()
        case .transpose(let primitive): TransposeOperation<N>(primitive, input: input)
        case .concatenation(let primitive): ConcatenationOperation<N>(primitive, inputs: inputs, output: output)
        case .padding(let primitive):
            moved(IndexMap(primitive, input: input, output: output), filling: primitive.value)
        case .cropping(let primitive): moved(IndexMap(primitive, input: input, output: output))
        case .slicing(let primitive): moved(IndexMap(primitive, input: input, output: output))
        case .reversal(let primitive): moved(IndexMap(primitive, input: input))
        case .tiling(let primitive): moved(IndexMap(primitive, input: input))
        case .constant(let primitive):
            ConstantOperation<N>(
                primitive.values.count == output.rowCount
                    ? primitive.values : Array(repeating: primitive.values[0], count: output.rowCount),
                rows: output.rows)
        case .positions: ConstantOperation<N>((0..<output.rowCount).map(Double.init), rows: output.rows)
        default: preconditionFailure("a step that computes has an operation of its own")
        }
    }

    private func affine(_ primitive: Affine) -> any Operation<N> {
        if isTraining, let operation = BatchStandardisationOperation<N>(primitive, input: input) { return operation }
        return AffineOperation<N>(primitive, input: input)
    }

    private func moved(_ map: IndexMap, filling: Double = 0) -> any Operation<N> {
        MovementOperation<N>(map, rows: input.rows, filling: filling)
    }

    private func activation(_ primitive: Activation) throws -> any Operation<N> {
        switch primitive.name {
        case "softmax", "log_softmax":
            SoftmaxOperation<N>(primitive, input: input, mask: inputs.dropFirst().first)
        case "sparsemax": SparsemaxOperation<N>(primitive, input: input)
        case "prelu": SlopeOperation<N>(input: input, slopes: parameterShapes[0])
        default: try ActivationOperation<N>(primitive)
        }
    }

    private func channelsLast(
        _ axis: ChannelAxis, _ make: (ValueShape, ValueShape) throws -> any Operation<N>
    ) throws -> any Operation<N> {
        axis == .last
            ? try make(input, output) : try ChannelsLastOperation<N>(input: input, output: output, make)
    }
}
