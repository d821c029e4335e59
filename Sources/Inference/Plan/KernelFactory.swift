internal import Networks
internal import Tensors

/// Chooses the kernel of one step.
struct KernelFactory<T: Scalar> {
    let network: Network
    let weights: Weights<T>
    /// Position of the step in the program.
    let index: Int
    let tail: Fusion.Tail?
    /// The step that puts zeros around the input, where that is part of this one.
    let padding: Int?
    let choice: KernelChoice
    let inputs: [ValueLayout]
    let outputs: [ValueLayout]
    /// Whether the first input and the result lie in planes.
    var planes = (source: false, target: false)

    var step: Step { network.program.steps[index] }
    var input: ValueLayout { inputs[0] }
    var output: ValueLayout { outputs[0] }

    func make() throws -> any Kernel<T> {
        switch step.primitive {
        case .contraction(let primitive): try contraction(primitive)
        case .convolution(let primitive): try convolution(primitive)
        case .depthwiseConvolution(let primitive): try depthwiseConvolution(primitive)
        case .transposedConvolution(let primitive): try transposedConvolution(primitive)
        case .valueProduct(let primitive): try valueProduct(primitive)
        case .recurrence(let primitive): try recurrence(primitive)
        case .pooling(let primitive): pooling(primitive)
        case .reduction(let primitive):
            ReductionKernel(primitive, input, mask: inputs.count > 1 ? inputs[1] : nil)
        case .affine(let primitive): try affine(primitive)
        case .standardisation(let primitive): try standardisation(primitive)
        case .elementwise(let primitive):
            try ElementwiseKernel(primitive.kind, inputs, output, function: fusedFunction())
        case .activation(let primitive): try activation(primitive)
        case .transpose(let primitive):
            PermutationKernel(dimensions: input.dimensions, order: [0] + primitive.order.map { $0 + 1 })
        case .concatenation(let primitive): ConcatenationKernel(axis: primitive.axis, inputs, output)
        case .padding(let primitive): padding(primitive)
        case .cropping(let primitive): cropping(primitive)
        case .resampling(let primitive): try resampling(primitive)
        case .gather(let primitive): try gather(primitive)
        case .slicing(let primitive): slicing(primitive)
        case .constant(let primitive): constant(primitive)
        case .reversal(let primitive): reversal(primitive)
        case .positions: PositionsKernel(rows: output.rows, count: output.rowCount)
        case .convolutionalRecurrence(let primitive): try convolutionalRecurrence(primitive)
        case .tiling(let primitive):
            TilingKernel(rows: input.rows, rowCount: input.rowCount, times: primitive.count)
        case .reshape, .batching, .noise:
            preconditionFailure("a view needs no kernel")
        }
    }

    // MARK: What steps with weights have in common

    /// Kernel and epilogue of a step whose parameters are a kernel and maybe a bias, with what is fused into it.
    ///
    /// - Parameter inner: elements of the kernel between neighbouring output channels.
    func weighted(channels: Int, inner: Int = 1) throws -> (kernel: Storage<T>, epilogue: Epilogue<T>?) {
        let (kernel, bias) = (step.parameters[0], step.parameters.dropFirst().first)
        let function = try fusedFunction()
        let addsInput = tail?.addend != nil
        if let affine = try fusedAffine() {
            let folded = try weights.folded(
                step: index, kernel: kernel, bias: bias, affine: affine, channels: channels, inner: inner)
            return (
                folded.kernel, Epilogue(width: channels, bias: folded.bias, function: function, addsInput: addsInput)
            )
        }
        let values = try bias.map { try weights.storage($0) }
        return (
            try weights.storage(kernel),
            Epilogue(width: channels, bias: values, function: function, addsInput: addsInput)
        )
    }

    func fusedFunction() throws -> ElementFunction<T>? {
        guard let position = tail?.activation else { return nil }
        guard case .activation(let activation) = network.program.steps[position].primitive else {
            preconditionFailure("an activation was fused")
        }
        return try ElementFunction<T>(activation)
    }

    func fusedAffine() throws -> (scale: [Double], shift: [Double])? {
        guard let position = tail?.affine else { return nil }
        let step = network.program.steps[position]
        guard case .affine(let affine) = step.primitive else { preconditionFailure("a normalisation was fused") }
        return try affine.folded(weights.doubles(step.parameters))
    }

    /// Runs a kernel that wants channels last on the step's values.
    func withChannels(_ axis: ChannelAxis, _ kernel: any Kernel<T>) -> any Kernel<T> {
        axis == .last ? kernel : ChannelsLastKernel(kernel, input: input, output: output)
    }

    func spatial(_ layout: ValueLayout, _ axis: ChannelAxis) -> (extents: [Int], channels: Int) {
        axis == .last
            ? (Array(layout.extents.dropLast()), layout.extents[layout.extents.count - 1])
            : (Array(layout.extents.dropFirst()), layout.extents[0])
    }

    func geometry(_ window: Window, _ axis: ChannelAxis) -> WindowGeometry {
        let source = spatial(input, axis)
        return WindowGeometry(
            window, rows: input.rows, channels: source.channels, input: source.extents,
            output: spatial(output, axis).extents, padding: fusedPadding)
    }

    private var fusedPadding: [Int]? {
        guard let padding, case .padding(let primitive) = network.program.steps[padding].primitive else { return nil }
        return primitive.before
    }
}
