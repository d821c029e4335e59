internal import Networks

/// The spatial axes resized one after the other, each output a sum of a few inputs; channels last.
struct ResamplingKernel<T: Scalar>: Kernel {
    private struct Axis {
        var outer: Int
        var input: Int
        var inner: Int
        var taps: [Resampling.Tap]

        var inputCount: Int { outer * input * inner }
        var outputCount: Int { outer * taps.count * inner }
    }

    private let axes: [Axis]
    private let count: Int

    /// - Parameters:
    ///   - input, output: spatial extents.
    init(_ primitive: Resampling, rows: Int, channels: Int, input: [Int], output: [Int]) throws {
        var axes: [Axis] = []
        var extents = input
        for axis in input.indices {
            let taps = try primitive.taps(axis: axis, from: input[axis], to: output[axis])
            axes.append(
                Axis(
                    outer: rows * extents[..<axis].reduce(1, *), input: input[axis],
                    inner: extents[(axis + 1)...].reduce(1, *) * channels, taps: taps))
            extents[axis] = output[axis]
        }
        self.axes = axes
        count = rows * channels * extents.reduce(1, *)
    }

    /// Two results between axes.
    private var between: Int { axes.map(\.outputCount).max() ?? 0 }
    var scratchCount: Int { axes.count > 1 ? 2 * between : 0 }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        var source = operands.inputs[0]
        for (number, axis) in axes.enumerated() {
            let isLast = number == axes.count - 1
            let target = isLast ? operands.outputs[0] : operands.scratch + number % 2 * between
            let (from, to) = (Shared(source), Shared(target))
            operands.workers.ranges(axis.outer, .computing(axis.outputCount)) { range in
                for row in range {
                    Self.row(
                        axis.taps, from.pointer + row * axis.input * axis.inner,
                        to.pointer + row * axis.taps.count * axis.inner, axis.inner)
                }
            }
            source = UnsafePointer(target)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func row(
        _ taps: [Resampling.Tap], _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ inner: Int
    ) {
        for (place, tap) in taps.enumerated() {
            let output = target + place * inner
            if tap.weights == [1] {
                output.copy(source + tap.start * inner, inner)
                continue
            }
            output.clear(inner)
            for (offset, weight) in tap.weights.enumerated() {
                let values = source + (tap.start + offset) * inner
                let factor = T(weight)
                for index in 0..<inner { output[index] += factor * values[index] }
            }
        }
    }
}
