internal import CSparseKernels

/// The loops of sparse products.
enum SparseKernels {
    /// y[o] ← bounded(bias[o] + Σ w · x[input]) for the outputs in a range.
    static func vector(
        _ weights: SparseWeights, _ outputs: Range<Int>, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>,
        _ bounds: Bounds
    ) {
        var (matrix, finish) = (weights.matrix, bounds.finish)
        sk_vector(&matrix, outputs.lowerBound, outputs.upperBound, x, y, &finish)
    }

    /// The same for all outputs, from the list of non-zeros.
    static func scatter(
        _ list: ScatteredWeights, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ bounds: Bounds
    ) {
        var (items, finish) = (list.list, bounds.finish)
        sk_scatter(&items, x, y, &finish)
    }

    /// The same from slices.
    static func slices(
        _ weights: SlicedWeights, _ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ bounds: Bounds
    ) {
        var (matrix, finish) = (weights.matrix, bounds.finish)
        sk_slices(&matrix, x, y, &finish)
    }

    /// The same for `count` vectors that lie side by side in `x`, inputs `stride` apart; results, output by output, in `y`,
    /// `yStride` apart.
    static func matrix(
        _ weights: SparseWeights, _ outputs: Range<Int>, _ x: UnsafePointer<Float>, stride: Int, count: Int,
        _ y: UnsafeMutablePointer<Float>, stride yStride: Int, _ bounds: Bounds
    ) {
        for block in 0..<weights.blocks {
            var matrix = weights.matrix
            matrix.starts += block * weights.outputs
            var finish = bounds.forBlock(block, of: weights.blocks).finish
            sk_columns(&matrix, outputs.lowerBound, outputs.upperBound, x, stride, count, y, yStride, &finish)
        }
    }

    /// target[c * stride + r] ← source[r * sourceStride + c]
    static func transpose(
        _ source: UnsafePointer<Float>, rows: Int, columns: Int, stride: Int,
        into target: UnsafeMutablePointer<Float>, stride targetStride: Int
    ) {
        sk_transpose(source, rows, columns, stride, target, targetStride)
    }

    /// Numbers that lie side by side in lanes.
    static let lanes = Int(SK_LANES)

    /// target[c * stride + lane] ← sources[lane][offset + c]; zero where there is no source.
    static func toLanes(
        _ sources: UnsafePointer<UnsafePointer<Float>?>, count: Int, into target: UnsafeMutablePointer<Float>,
        stride: Int
    ) {
        sk_to_lanes(sources, count, target, stride)
    }

    /// targets[lane][c] ← source[c * stride + lane]; nothing where there is no target.
    static func fromLanes(
        _ source: UnsafePointer<Float>, count: Int, stride: Int,
        into targets: UnsafePointer<UnsafeMutablePointer<Float>?>
    ) {
        sk_from_lanes(source, count, stride, targets)
    }
}

extension ScatteredWeights {
    fileprivate var list: sk_list {
        sk_list(rows: rows, count: values.count, values: values.base, row: outputs, column: inputs)
    }
}

extension SparseWeights {
    fileprivate var matrix: sk_matrix {
        switch columns {
        case .narrow(let base, _): sk_matrix(starts: starts.base, values: values.base, narrow: base, wide: nil)
        case .wide(let base, _): sk_matrix(starts: starts.base, values: values.base, narrow: nil, wide: base)
        }
    }
}

extension Bounds {
    fileprivate var finish: sk_finish { sk_finish(bias: bias, low: low, high: high, carries: carries ? 1 : 0) }
}
