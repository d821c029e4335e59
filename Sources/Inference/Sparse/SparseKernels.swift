internal import Tensors

/// The loops of sparse products.
enum SparseKernels {
    /// y[o] ← bounded(bias[o] + Σ w · x[input]) for the outputs in a range.
    static func vector(
        _ weights: SparseWeights, _ outputs: Range<Int>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        _ bounds: Bounds
    ) {
        for output in outputs {
            var sum = bounds.bias?[output] ?? 0
            for index in weights.starts[output]..<weights.starts[output + 1] {
                let column =
                    switch weights.columns {
                    case .narrow(let base, _): Int(base[index])
                    case .wide(let base, _): Int(base[index])
                    }
                sum += weights.values.base[index] * x[column]
            }
            y[output] = min(max(sum, bounds.low), bounds.high)
        }
    }

    /// The same for `count` vectors that lie side by side in `x`; results, output by output, in `y`.
    static func matrix(
        _ weights: SparseWeights, _ outputs: Range<Int>, _ x: UnsafePointer<Float>, count: Int,
        _ y: UnsafeMutablePointer<Float>, _ bounds: Bounds
    ) {
        for output in outputs {
            let row = y + (output - outputs.lowerBound) * count
            row.fill(bounds.bias?[output] ?? 0, count)
            for index in weights.starts[output]..<weights.starts[output + 1] {
                let column =
                    switch weights.columns {
                    case .narrow(let base, _): Int(base[index])
                    case .wide(let base, _): Int(base[index])
                    }
                for place in 0..<count { row[place] += weights.values.base[index] * x[column * count + place] }
            }
            for place in 0..<count { row[place] = min(max(row[place], bounds.low), bounds.high) }
        }
    }

    /// target[c * stride + r] ← source[r * sourceStride + c]
    static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
        into target: UnsafeMutablePointer<Float>, stride targetStride: Int
    ) {
        for row in 0..<rows {
            for column in 0..<columns { target[column * targetStride + row] = source[row * stride + column] }
        }
    }
}
