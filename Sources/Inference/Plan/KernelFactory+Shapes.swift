internal import Networks
internal import Tensors

/// Steps without weights.
extension KernelFactory {
    func pooling(_ primitive: Pooling) -> any Kernel<T> {
        withChannels(
            primitive.channels, PoolingKernel(primitive.kind, geometry(primitive.window, primitive.channels)))
    }

    func activation(_ primitive: Activation) throws -> any Kernel<T> {
        switch primitive.name {
        case "softmax", "log_softmax", "sparsemax":
            return SoftmaxKernel(primitive, input, mask: inputs.count > 1 ? inputs[1] : nil)
        case "prelu":
            let reference = step.parameters[0]
            return try SlopeKernel(
                input, slopes: weights.storage(reference), shape: weights.shape(reference).dimensions)
        default:
            return try ActivationKernel(primitive, count: input.count)
        }
    }

    /// What lies before the first element along each axis, rows and channels included.
    private func starts(_ before: [Int], _ axis: ChannelAxis) -> [Int] {
        axis == .last ? [0] + before + [0] : [0, 0] + before
    }

    func padding(_ primitive: Padding) -> any Kernel<T> {
        BoxKernel(
            input.dimensions, source: input.dimensions, from: input.dimensions.map { _ in 0 },
            target: output.dimensions, to: starts(primitive.before, primitive.channels), filling: T(primitive.value))
    }

    func cropping(_ primitive: Cropping) -> any Kernel<T> {
        BoxKernel(
            output.dimensions, source: input.dimensions, from: starts(primitive.before, primitive.channels),
            target: output.dimensions, to: output.dimensions.map { _ in 0 })
    }

    func slicing(_ primitive: Slicing) -> any Kernel<T> {
        var from = input.dimensions.map { _ in 0 }
        var step = input.dimensions.map { _ in 1 }
        from[primitive.axis + 1] = primitive.start
        step[primitive.axis + 1] = primitive.step
        return BoxKernel(
            output.dimensions, source: input.dimensions, from: from, step: step, target: output.dimensions,
            to: output.dimensions.map { _ in 0 })
    }

    func resampling(_ primitive: Resampling) throws -> any Kernel<T> {
        let source = spatial(input, primitive.channels)
        let kernel = try ResamplingKernel<T>(
            primitive, rows: input.rows, channels: source.channels, input: source.extents,
            output: spatial(output, primitive.channels).extents)
        return withChannels(primitive.channels, kernel)
    }

    func reversal(_ primitive: Reversal) -> any Kernel<T> {
        var from = input.dimensions.map { _ in 0 }
        var step = input.dimensions.map { _ in 1 }
        from[primitive.axis + 1] = max(input.extents[primitive.axis] - 1, 0)
        step[primitive.axis + 1] = -1
        return BoxKernel(
            output.dimensions, source: input.dimensions, from: from, step: step, target: output.dimensions,
            to: output.dimensions.map { _ in 0 })
    }

    /// One number may stand for all elements.
    func constant(_ primitive: Constant) -> any Kernel<T> {
        let values = primitive.values.map { T($0) }
        return ConstantKernel(
            rows: output.rows,
            values: Storage(
                values.count == output.rowCount ? values : Array(repeating: values[0], count: output.rowCount)))
    }
}
