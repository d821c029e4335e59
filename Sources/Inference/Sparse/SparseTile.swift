/// Products of sparse weights with columns, turned back to rows while they are at hand.
struct SparseTile: Sendable {
    let weights: SparseWeights
    var epilogue: Epilogue<Float>?
    /// Distance between rows of the result.
    let targetStride: Int

    /// The same for a run of the kernel.
    func bound(to operands: Operands<Float>) -> SparseTile {
        var tile = self
        tile.epilogue = epilogue?.bound(to: operands)
        return tile
    }

    /// Outputs that are computed before they are turned back.
    static let outputBlock = 64
    /// Columns that are computed at once: as many as the registers hold.
    static let width = 128
    /// Numbers of memory that a run takes.
    static var memoryCount: Int { outputBlock * width }

    /// Columns that lie side by side in memory and go to rows that lie side by side in the result.
    struct Segment {
        /// Among the columns of the tile.
        var column: Int
        var row: Int
        var count: Int
    }

    /// - Parameters:
    ///   - columns: that of the first input; those of input i are i · `stride` further, or the weights' offsets.
    ///   - count: how many columns, no more than `width`.
    ///   - segments: where they go.
    func run(
        _ columns: UnsafePointer<Float>, stride: Int, count: Int, outputs: Range<Int>,
        _ target: UnsafeMutablePointer<Float>, _ segments: [Segment], memory: UnsafeMutablePointer<Float>
    ) {
        let bounds = Bounds(epilogue)
        products(columns, stride: stride, count: count, outputs: outputs, bounds, memory: memory) { block, length in
            for segment in segments {
                let place = target + segment.row * targetStride + block.lowerBound
                SparseKernels.transpose(
                    memory + segment.column, rows: block.count, columns: segment.count, stride: length, into: place,
                    stride: targetStride)
            }
        }
        for segment in segments {
            bounds.finish(
                epilogue, target + segment.row * targetStride + outputs.lowerBound, segment.count, outputs,
                stride: targetStride)
        }
    }

    /// Computes the outputs some at a time, and calls `body` with which these are, and how far apart their results are in
    /// memory.
    func products(
        _ columns: UnsafePointer<Float>, stride: Int, count: Int, outputs: Range<Int>, _ bounds: Bounds,
        memory: UnsafeMutablePointer<Float>, _ body: (_ block: Range<Int>, _ length: Int) -> Void
    ) {
        // Whole lines of the cache.
        let length = (count + 15) / 16 * 16
        var first = outputs.lowerBound
        while first < outputs.upperBound {
            let block = first..<min(first + Self.outputBlock, outputs.upperBound)
            SparseKernels.matrix(weights, block, columns, stride: stride, count: count, memory, stride: length, bounds)
            body(block, length)
            first = block.upperBound
        }
    }
}

/// Shares tiles and outputs among threads.
struct SparseUnits {
    let parts: [Range<Int>]
    let tiles: Int

    /// - Parameter tiles: which all outputs take part in.
    init(_ weights: SparseWeights, tiles: Int, threads: Int) {
        self.tiles = tiles
        // With many tiles each thread takes whole ones, whose columns then stay in its cache.
        parts = tiles >= 4 * threads ? [0..<weights.outputs] : weights.ranges(threads)
    }

    var count: Int { tiles * parts.count }

    subscript(unit: Int) -> (tile: Int, outputs: Range<Int>) { (unit / parts.count, parts[unit % parts.count]) }
}
