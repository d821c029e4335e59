internal import Networks
internal import Tensors

/// Steps with weights.
extension KernelFactory {
    func convolution(_ primitive: Convolution) throws -> any Kernel<T> {
        if let kernel = try inSingle({ try $0.sparseConvolution(primitive) }) {
            return withChannels(primitive.channels, kernel)
        }
        let (kernel, epilogue) = try weighted(channels: primitive.filters)
        return withChannels(
            primitive.channels,
            ConvolutionKernel(
                geometry(primitive.window, primitive.channels), groups: primitive.groups, filters: primitive.filters,
                kernel: kernel, epilogue: epilogue))
    }

    func depthwiseConvolution(_ primitive: DepthwiseConvolution) throws -> any Kernel<T> {
        let geometry = geometry(primitive.window, primitive.channels)
        let (kernel, epilogue) = try weighted(channels: geometry.channels * primitive.multiplier)
        return withChannels(
            primitive.channels,
            DepthwiseConvolutionKernel(
                geometry, multiplier: primitive.multiplier, kernel: kernel, epilogue: epilogue))
    }

    func transposedConvolution(_ primitive: TransposedConvolution) throws -> any Kernel<T> {
        let source = spatial(input, primitive.channels)
        // That of the convolution whose transpose this is.
        let geometry = WindowGeometry(
            primitive.window, rows: input.rows, channels: primitive.filters,
            input: spatial(output, primitive.channels).extents, output: source.extents)
        let (kernel, epilogue) = try weighted(channels: primitive.filters, inner: source.channels)
        return withChannels(
            primitive.channels,
            TransposedConvolutionKernel(geometry, channels: source.channels, kernel: kernel, epilogue: epilogue))
    }

    /// The rows of a batch as one more axis, which only values have.
    private var rowLabel: Int { -1 }

    func contraction(_ primitive: Contraction) throws -> any Kernel<T> {
        if let kernel = try inSingle({ try $0.sparseContraction(primitive) }) { return kernel }
        let left = EinsumKernel<T>.Side(labels: [rowLabel] + primitive.input, extents: input.dimensions)
        let right = EinsumKernel<T>.Side(labels: primitive.kernel, extents: primitive.kernelExtents)
        let kernel: Storage<T>
        let epilogue: Epilogue<T>?
        if primitive.isMatrixProduct {
            (kernel, epilogue) = try weighted(channels: primitive.kernelExtents[1])
        } else {
            kernel = try weights.storage(step.parameters[0])
            epilogue = try primitive.hasBias ? biasEpilogue(step.parameters[1]) : nil
        }
        return try EinsumKernel(
            left, right, output: [rowLabel] + primitive.output, parameter: kernel, epilogue: epilogue)
    }

    /// A bias that broadcasts over the last axes of the output.
    func biasEpilogue(_ reference: ParameterReference) throws -> Epilogue<T>? {
        let shape = try weights.shape(reference).dimensions
        let extents = Array(output.extents.suffix(shape.count))
        var bias = try weights.storage(reference)
        let whole = try ValueLayout(rows: 1, extents: extents)
        if shape != extents {
            let spread = Storage<T>(count: whole.count)
            BroadcastCopy<T>(from: try ValueLayout(rows: 1, extents: shape), to: whole).run(
                bias.base, into: spread.base)
            bias = spread
        }
        return Epilogue(width: whole.count, bias: bias, function: nil)
    }

    func valueProduct(_ primitive: ValueProduct) throws -> any Kernel<T> {
        try EinsumKernel(
            EinsumKernel<T>.Side(labels: [rowLabel] + primitive.left, extents: inputs[0].dimensions),
            EinsumKernel<T>.Side(labels: [rowLabel] + primitive.right, extents: inputs[1].dimensions),
            output: [rowLabel] + primitive.output, scale: primitive.scale)
    }

    func recurrence(_ primitive: Recurrence) throws -> any Kernel<T> {
        var takesSparseState = true
        if case .gru(resetsAfter: false) = primitive.cell { takesSparseState = false }
        let width = primitive.units * primitive.gates
        return try RecurrenceKernel(
            primitive, input,
            kernel: matrix(
                step.parameters[0], SparseLayout(outputs: width, channels: input.extents[1]),
                rows: input.rows * input.extents[0]),
            recurrentKernel: takesSparseState
                ? matrix(
                    step.parameters[1], SparseLayout(outputs: width, channels: primitive.units), rows: input.rows,
                    isRepeated: true)
                : .dense(weights.storage(step.parameters[1])),
            bias: primitive.hasBias ? weights.storage(step.parameters[2]) : nil)
    }

    func convolutionalRecurrence(_ primitive: ConvolutionalRecurrence) throws -> any Kernel<T> {
        guard primitive.channels == .last else {
            throw SparsifyError(.unsupported, "A convolutional recurrent layer with channels first cannot be run.")
        }
        let state = primitive.returnsSequences ? Array(output.extents.dropFirst()) : output.extents
        return try ConvolutionalRecurrenceKernel(
            primitive, rows: input.rows, steps: input.extents[0],
            input: (Array(input.extents.dropFirst().dropLast()), input.extents[input.extents.count - 1]),
            output: Array(state.dropLast()), kernel: weights.storage(step.parameters[0]),
            recurrentKernel: weights.storage(step.parameters[1]),
            bias: primitive.hasBias ? weights.storage(step.parameters[2]) : nil)
    }

    func gather(_ primitive: Gather) throws -> any Kernel<T> {
        let shape = try weights.shape(step.parameters[0])
        return GatherKernel(
            count: input.count, rows: shape.dimensions[0], primitive,
            table: try table(step.parameters[0], dimension: primitive.dimension), name: step.parameters[0].layer)
    }

    func affine(_ primitive: Affine) throws -> any Kernel<T> {
        let (scale, shift) = try primitive.folded(weights.doubles(step.parameters))
        return try AffineKernel(input, axes: primitive.axes, scale: scale, shift: shift)
    }

    func standardisation(_ primitive: Standardisation) throws -> any Kernel<T> {
        let values = try weights.doubles(step.parameters)
        return try StandardisationKernel(
            primitive, input, scale: primitive.hasScale ? values[0] : nil,
            shift: primitive.hasShift ? values[primitive.hasScale ? 1 : 0] : nil)
    }
}
