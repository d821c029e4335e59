internal import Tensors

/// C ← epilogue(X · W) for a sparse W: the rows of X, channels last, are turned in tiles into columns, which the sparse
/// kernels take; each tile of results is turned back while it is at hand. A single row goes as it is.
///
/// Each result is one sum in an order of its own, however the work is cut.
struct SparseProduct: Sendable {
    let weights: SparseWeights
    let rows: Int
    private var tile: SparseTile

    /// - Parameter cStride: distance between rows of C.
    init(_ weights: SparseWeights, rows: Int, cStride: Int? = nil, epilogue: Epilogue<Float>?) {
        self.weights = weights
        self.rows = rows
        tile = SparseTile(weights: weights, epilogue: epilogue, targetStride: cStride ?? weights.outputs)
        if rows == 1 || SlicedWeights.suits(rows: rows, nonzeros: weights.nonzeros) { weights.prepareForFewRows() }
    }

    /// The same for a run of the kernel.
    func bound(to operands: Operands<Float>) -> SparseProduct {
        var product = self
        product.tile = tile.bound(to: operands)
        return product
    }

    /// Writes some rows of X as columns: (inputs of `channels`, for each tap) × as many columns as `rows` has, the
    /// columns of an input side by side, inputs `stride` apart.
    typealias Fill =
        @Sendable (
            _ rows: Range<Int>, _ channels: Range<Int>, _ columns: UnsafeMutablePointer<Float>, _ stride: Int
        ) -> Void

    /// Numbers that the columns of a tile take: what a core's own cache holds beside the weights.
    private static var tileLength: Int { 1 << 17 }
    /// Up to so many rows threads turn together and share; beyond it each takes tiles of its own.
    private static var sharedRows: Int { 2 * SparseTile.width }
    private static var maximumLanes: Int { 64 }

    private var isShared: Bool { rows <= Self.sharedRows }

    /// The columns of each input begin at multiples of a line of the cache, since a load that spans two takes twice as
    /// long.
    private static func aligned(_ count: Int) -> Int { (count + 15) / 16 * 16 }

    /// Rows of a tile, for so many threads: of widths that suit the kernels, the one with the least work for the thread
    /// that has the most.
    private func tileRows(_ threads: Int) -> Int {
        var best = (cost: Int.max, rows: 16)
        for width in stride(from: widest, through: 16, by: -16)
        where width == 16 || width * weights.depth <= Self.tileLength {
            let tiles = (rows - 1) / width + 1
            // Half a vector's worth of work for each non-zero goes into reading it.
            let cost = ((tiles - 1) / threads + 1) * (2 * width / 16 + 1)
            if cost < best.cost { best = (cost, width) }
        }
        return best.rows
    }

    /// Columns of a tile at most: a block of inputs is to stay in the smallest cache, or nearly.
    private var widest: Int { weights.depth > 128 ? SparseTile.width / 2 : SparseTile.width }

    private var laneLength: Int { weights.depth * SparseTile.width + SparseTile.memoryCount }

    var scratchCount: Int {
        if rows <= 1 { return 0 }
        return isShared
            ? weights.depth * Self.aligned(rows) + Self.maximumLanes * SparseTile.memoryCount
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
        if SlicedWeights.suits(rows: rows, nonzeros: weights.nonzeros), let sliced = weights.sliced {
            let bounds = Bounds(tile.epilogue)
            for row in 0..<rows {
                SparseKernels.slices(sliced, source + row * weights.depth, target + row * tile.targetStride, bounds)
            }
            return bounds.finish(tile.epilogue, target, rows, 0..<weights.outputs, stride: tile.targetStride)
        }
        let (x, depth) = (Shared(source), weights.depth)
        run(target, scratch: scratch, workers, channels: depth, single: source) { rows, channels, columns, stride in
            SparseKernels.transpose(
                x.pointer + rows.lowerBound * depth + channels.lowerBound, rows: rows.count, columns: channels.count,
                stride: depth, into: columns + channels.lowerBound * stride, stride: stride)
        }
    }

    private var cost: Cost { .sparseProducts(weights.nonzeros, rows: rows) }

    private func one(_ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<Float>, _ workers: Workers) {
        @Sendable func part(_ x: UnsafePointer<Float>, _ y: UnsafeMutablePointer<Float>, _ range: Range<Int>) {
            let bounds = Bounds(tile.epilogue)
            SparseKernels.vector(weights, range, x, y, bounds)
            bounds.finish(tile.epilogue, y + range.lowerBound, 1, range, stride: tile.targetStride)
        }
        if let scattered = weights.scattered {
            let bounds = Bounds(tile.epilogue)
            SparseKernels.scatter(scattered, source, target, bounds)
            return bounds.finish(tile.epilogue, target, 1, 0..<weights.outputs, stride: tile.targetStride)
        }
        guard cost.nanoseconds >= Workers.minimumNanoseconds, workers.threads > 1 else {
            return part(source, target, 0..<weights.outputs)
        }
        let (x, y) = (Shared(source), Shared(target))
        let parts = weights.ranges(workers.threads)
        workers.share(parts.count, cost) { part(x.pointer, y.pointer, parts[$1]) }
    }

    /// Few rows: threads turn them together, then share tiles and outputs.
    private func shared(
        _ target: UnsafeMutablePointer<Float>, _ scratch: UnsafeMutablePointer<Float>, _ workers: Workers,
        _ channels: Int, _ fill: @escaping Fill
    ) {
        let (rows, stride) = (rows, Self.aligned(rows))
        let (columns, memory, output) = (Shared(scratch), Shared(scratch + weights.depth * stride), Shared(target))
        workers.ranges(channels, .moving(2 * weights.depth * rows), granule: 8) {
            fill(0..<rows, $0, columns.pointer, stride)
        }
        let tiles = (rows - 1) / widest + 1
        let units = SparseUnits(weights, tiles: tiles, threads: workers.threads)
        workers.share(units.count, cost, most: Self.maximumLanes) { lane, unit in
            let (number, outputs) = units[unit]
            let range = Self.aligned(number * rows / tiles)..<min(Self.aligned((number + 1) * rows / tiles), rows)
            tile.run(
                UnsafePointer(columns.pointer) + range.lowerBound, stride: stride, count: range.count,
                outputs: outputs, output.pointer,
                [SparseTile.Segment(column: 0, row: range.lowerBound, count: range.count)],
                memory: memory.pointer + lane * SparseTile.memoryCount)
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
        workers.share(tiles, cost, most: Self.maximumLanes) { lane, number in
            let columns = memory.pointer + lane * laneLength
            let range = number * length..<min((number + 1) * length, rows)
            let stride = Self.aligned(range.count)
            fill(range, 0..<channels, columns, stride)
            tile.run(
                UnsafePointer(columns), stride: stride, count: range.count, outputs: 0..<weights.outputs,
                output.pointer, [SparseTile.Segment(column: 0, row: range.lowerBound, count: range.count)],
                memory: columns + weights.depth * SparseTile.width)
        }
    }
}
