internal import Tensors

/// C ← epilogue(X · W) for a sparse W: the rows of X, channels last, are turned in tiles into columns, which the sparse
/// kernels take; each tile of results is turned back while it is at hand. A single row goes as it is.
///
/// Each result is one chain of sums in the order of the inputs, however the work is cut.
struct SparseProduct: Sendable {
    let weights: SparseWeights
    let rows: Int
    /// Distance between rows of C.
    var cStride: Int
    let epilogue: Epilogue<Float>?

    init(_ weights: SparseWeights, rows: Int, cStride: Int? = nil, epilogue: Epilogue<Float>?) {
        self.weights = weights
        self.rows = rows
        self.cStride = cStride ?? weights.outputs
        self.epilogue = epilogue
    }

    /// Writes some rows of X as columns: (inputs of `channels`, for each tap) × as many columns as `rows` has, the
    /// columns of an input side by side, inputs `stride` apart.
    typealias Fill = @Sendable (
        _ rows: Range<Int>, _ channels: Range<Int>, _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) -> Void

    /// Numbers that the columns of a tile take: what a core's own cache holds beside the weights.
    private static var tileLength: Int { 1 << 17 }
    /// Tiles below which threads share one rather than take one each.
    private static var sharedRows: Int { 256 }
    private static var maximumLanes: Int { 64 }
    /// Outputs that are computed before they are turned back.
    private static var outputBlock: Int { 64 }

    private var isShared: Bool { rows <= Self.sharedRows }

    /// Rows of a tile, for so many threads: of widths that suit the kernels, the one with the least work for the thread
    /// that has the most.
    private func tileRows(_ threads: Int) -> Int {
        var best = (cost: Int.max, rows: 16)
        for width in stride(from: 128, through: 16, by: -16) where width == 16 || width * weights.depth <= Self.tileLength {
            let tiles = (rows - 1) / width + 1
            // Half a vector's worth of work for each non-zero goes into reading it.
            let cost = ((tiles - 1) / threads + 1) * (2 * width / 16 + 1)
            if cost < best.cost { best = (cost, width) }
        }
        return best.rows
    }

    private var laneLength: Int {
        isShared ? Self.outputBlock * rows : (weights.depth + Self.outputBlock) * 128
    }

    var scratchCount: Int {
        if rows <= 1 { return 0 }
        return isShared
            ? weights.depth * rows + Self.maximumLanes * Self.outputBlock * rows
            : min((rows - 1) / 16 + 1, Self.maximumLanes) * laneLength
    }

    /// - Parameters:
    ///   - channels: what `fill` is asked for in parts: inputs, or those of a tap.
    ///   - single: where there is one row and it lies as the kernels want it: it.
    func run(
        _ target: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>, _ workers: Workers,
        channels: Int, single: UnsafePointer<Float>? = nil, fill: @escaping Fill
    ) {
        if rows == 1, let single { return one(single, target, workers) }
        guard rows > 0 else { return }
        if isShared {
            shared(target, scratch, workers, channels, fill)
        } else {
            tiled(target, scratch, workers, channels, fill)
        }
    }

    /// The same for an X that lies as a matrix.
    func run(
        _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>,
        _ workers: Workers
    ) {
        let (x, depth) = (Shared(source), weights.depth)
        run(target, scratch: scratch, workers, channels: depth, single: source) { rows, channels, columns, stride in
            SparseKernels.transpose(
                x.pointer + rows.lowerBound * depth + channels.lowerBound, rows: rows.count, columns: channels.count,
                stride: depth, into: columns + channels.lowerBound * stride, stride: stride)
        }
    }

    private var cost: Cost { .products(weights.nonzeros * max(rows, 4) * 2) }

    private func one(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ workers: Workers) {
        let (x, y) = (Shared(source), Shared(target))
        let parts = weights.ranges(cost.nanoseconds < Workers.minimumNanoseconds ? 1 : workers.threads)
        workers.forEach(parts.count, cost) { part in
            let (range, bounds) = (parts[part], Bounds(epilogue))
            SparseKernels.vector(weights, range, x.pointer, y.pointer, bounds)
            bounds.finish(epilogue, y.pointer + range.lowerBound, 1, range, stride: cStride)
        }
    }

    /// Few rows: threads turn them together, then share the outputs.
    private func shared(
        _ target: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ workers: Workers,
        _ channels: Int, _ fill: @escaping Fill
    ) {
        let (columns, memory, output) = (
            Shared(scratch), Shared(scratch + weights.depth * rows), Shared(target)
        )
        let rows = rows
        workers.ranges(channels, .moving(2 * weights.depth * rows)) { fill(0..<rows, $0, columns.pointer, rows) }
        let parts = weights.ranges(min(workers.threads, Self.maximumLanes))
        workers.forEach(parts.count, cost) { part in
            multiply(
                UnsafePointer(columns.pointer), 0..<rows, parts[part], output.pointer,
                memory.pointer + part * Self.outputBlock * rows)
        }
    }

    /// Many: each tile goes from rows to results on one thread.
    private func tiled(
        _ target: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ workers: Workers,
        _ channels: Int, _ fill: @escaping Fill
    ) {
        let length = tileRows(workers.threads)
        let tiles = (rows - 1) / length + 1
        let (memory, output) = (Shared(scratch), Shared(target))
        let next = Counter()
        workers.forEach(min(workers.threads, tiles, Self.maximumLanes), cost) { lane in
            let columns = memory.pointer + lane * laneLength
            while let tile = next.take(below: tiles) {
                let range = tile * length..<min((tile + 1) * length, rows)
                fill(range, 0..<channels, columns, range.count)
                multiply(
                    UnsafePointer(columns), range, 0..<weights.outputs, output.pointer,
                    columns + weights.depth * range.count)
            }
        }
    }

    /// Some rows and outputs of the result, on this thread.
    private func multiply(
        _ columns: UnsafePointer<Float>, _ rows: Range<Int>, _ outputs: Range<Int>,
        _ target: UnsafeMutablePointer<Float>, _ memory: UnsafeMutablePointer<Float>
    ) {
        let bounds = Bounds(epilogue)
        let count = rows.count
        var first = outputs.lowerBound
        while first < outputs.upperBound {
            let block = first..<min(first + Self.outputBlock, outputs.upperBound)
            SparseKernels.matrix(weights, block, columns, count: count, memory, bounds)
            let place = target + rows.lowerBound * cStride + block.lowerBound
            SparseKernels.transpose(
                memory, rows: block.count, columns: count, stride: count, into: place, stride: cStride)
            bounds.finish(epilogue, place, count, block, stride: cStride)
            first = block.upperBound
        }
    }
}

/// What a sparse kernel does to a sum itself: where it begins, and the bounds of the result.
struct Bounds {
    var bias: UnsafePointer<Float>?
    var low: Float = -.infinity
    var high: Float = .infinity
    /// Whether the epilogue's function is left to do.
    private var isUnfinished = false

    init(_ epilogue: Epilogue<Float>?) {
        guard let epilogue else { return }
        bias = epilogue.biasBase
        if let clamp = epilogue.clamp {
            (low, high) = (clamp.low, clamp.high)
        } else {
            isUnfinished = true
        }
    }

    func finish(
        _ epilogue: Epilogue<Float>?, _ values: UnsafeMutablePointer<Float>, _ rows: Int, _ channels: Range<Int>,
        stride: Int
    ) {
        if isUnfinished { epilogue?.end(values, rows, channels, stride: stride, isBegun: true) }
    }
}
