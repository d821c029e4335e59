public import Tensors

/// The transpose of a convolution: each input position adds a scaled kernel, of shape (window…, filters, channels), to
/// the output. Parameters: the kernel and, with `hasBias`, a bias of shape (filters).
///
/// Along an axis, tap t of input i adds to output i · stride + t · dilation − p, where that lies within the output, with
/// p = 0 for `valid` and `cropBefore` for `same`.
public struct TransposedConvolution: Sendable, Hashable {
    public var window: Window
    public var filters: Int
    /// What is added to the end of each spatial axis; nil: what makes the output as large as the strides ask.
    public var outputPadding: [Int]?
    public var channels: ChannelAxis
    public var hasBias: Bool

    public init(window: Window, filters: Int, outputPadding: [Int]? = nil, channels: ChannelAxis, hasBias: Bool) {
        self.window = window
        self.filters = filters
        self.outputPadding = outputPadding
        self.channels = channels
        self.hasBias = hasBias
    }

    /// What of the full result lies before the output's start: half, rounded down, of what is too much.
    public func cropBefore(_ extent: Int, axis: Int) throws(SparsifyError) -> Int {
        guard window.padding == .same else { return 0 }
        let what = "output of a transposed convolution"
        let scaled = try Checked.multiply(max(extent - 1, 0), window.strides[axis], what)
        let full = try Checked.add(scaled, try window.span(axis), what)
        return max(full - (try outputExtent(extent, axis: axis)), 0) / 2
    }

    /// Extent of the output along an axis whose input has this extent.
    public func outputExtent(_ extent: Int, axis: Int) throws(SparsifyError) -> Int {
        let what = "output of a transposed convolution"
        let step = window.strides[axis]
        let span = try window.span(axis)
        guard let outputPadding else {
            let scaled = try Checked.multiply(extent, step, what)
            return window.padding == .same ? scaled : try Checked.add(scaled, max(span - step, 0), what)
        }
        let scaled = try Checked.multiply(max(extent - 1, 0), step, what)
        let full = try Checked.add(try Checked.add(scaled, span, what), outputPadding[axis], what)
        let result = window.padding == .same ? full - span / 2 * 2 : full
        guard result >= 0 else {
            throw SparsifyError(.malformed, "The output of a transposed convolution has a negative extent.")
        }
        return result
    }
}

extension TransposedConvolution: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let spatial = try channels.split(value, rank: window.size.count).spatial
        var results: Extents = []
        for (axis, extent) in spatial.enumerated() {
            results.append(try extent.map { try outputExtent($0, axis: axis) })
        }
        return [with(channels.join(results, channels: filters))]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let spatial = try channels.split(step.inputs[0], rank: window.size.count).spatial
        return try step.products(
            step.weights[0], positions: spatial.elementCount(OperationCounts.what), hasBias: hasBias)
    }
}
