/// A convolution with sparse weights whose windows are single elements, from planes or to planes. Neighbouring
/// convolutions of that kind need not turn what is between them from columns to rows and back.
struct PlaneConvolutionKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let geometry: WindowGeometry
    private let weights: SparseWeights
    private let tile: SparseTile
    /// Layouts of input and result; nil where channels come last.
    private let source: PlaneLayout?
    private let target: PlaneLayout?

    private static var maximumLanes: Int { 64 }

    init(
        _ geometry: WindowGeometry, weights: SparseWeights, epilogue: Epilogue<Float>?, source: PlaneLayout?,
        target: PlaneLayout?
    ) {
        self.geometry = geometry
        self.weights = weights
        self.source = source
        self.target = target
        tile = SparseTile(weights: weights, epilogue: epilogue, targetStride: weights.outputs)
    }

    /// Whether windows read elements of the input alone.
    static func suits(_ geometry: WindowGeometry) -> Bool {
        geometry.taps == 1 && geometry.before == [0, 0, 0] && geometry.examples > 0 && geometry.outputPositions >= 16
            && (0..<3).allSatisfy { (geometry.output[$0] - 1) * geometry.strides[$0] < geometry.input[$0] }
    }

    private var positions: Int { geometry.outputPositions }
    /// Tiles of an example.
    private var tiles: Int { PlaneLayout.tiles(positions) }

    /// Columns that are made for a tile; none where the planes of the input are the columns.
    private var columnsCount: Int {
        source != nil && geometry.isPointwise ? 0 : weights.depth * PlaneLayout.width
    }

    private var lanes: Int { min(max(geometry.examples * tiles, 1), Self.maximumLanes) }

    var scratchCount: Int { Self.maximumLanes * SparseTile.memoryCount + lanes * columnsCount }

    func run(_ operands: Operands<Float>) {
        let workers = operands.workers
        let tile = tile.bound(to: operands)
        let (input, output) = (Shared(operands.inputs[0]), Shared(operands.outputs[0]))
        let memory = Shared(operands.scratch)
        let columns = Shared(operands.scratch + Self.maximumLanes * SparseTile.memoryCount)
        let all = geometry.examples * tiles
        let threads = min(workers.threads, Self.maximumLanes)
        // Of a few tiles threads make the columns together, and share outputs; of more each takes tiles of its own.
        let isShared = all < threads
        if isShared, columnsCount > 0 {
            for number in 0..<all {
                workers.ranges(geometry.channels, .moving(2 * columnsCount), granule: 8) {
                    fill(input.pointer, number, $0, columns.pointer + number * columnsCount)
                }
            }
        }
        let units = SparseUnits(weights, tiles: all, threads: columnsCount > 0 && !isShared ? 1 : threads)
        let cost = Cost.sparseProducts(weights.nonzeros, rows: geometry.examples * positions)
        workers.share(units.count, cost, most: threads) { lane, unit in
            let (number, outputs) = units[unit]
            var from = UnsafePointer(columns.pointer) + (isShared ? number : lane) * columnsCount
            if let source, columnsCount == 0 {
                from = UnsafePointer(input.pointer) + source.start(number / tiles, tile: number % tiles)
            } else if !isShared {
                fill(input.pointer, number, 0..<geometry.channels, columns.pointer + lane * columnsCount)
            }
            run(
                tile, from, output.pointer, number, outputs, memory: memory.pointer + lane * SparseTile.memoryCount)
        }
    }

    /// The positions of a tile of all examples, in its example.
    private func positions(_ number: Int) -> Range<Int> {
        let first = number % tiles * PlaneLayout.width
        return first..<min(first + PlaneLayout.width, positions)
    }

    /// Makes the columns of a tile.
    private func fill(
        _ input: UnsafePointer<Float>, _ number: Int, _ channels: Range<Int>, _ columns: UnsafeMutablePointer<Float>
    ) {
        let (example, range) = (number / tiles, positions(number))
        if let source { return gather(input, source, example, range, channels, columns) }
        let rows = example * positions + range.lowerBound..<example * positions + range.upperBound
        if geometry.isPointwise {
            SparseKernels.transpose(
                input + rows.lowerBound * geometry.channels + channels.lowerBound, rows: rows.count,
                columns: channels.count, stride: geometry.channels,
                into: columns + channels.lowerBound * PlaneLayout.width, stride: PlaneLayout.width)
        } else {
            WindowColumns(geometry: geometry).points(input, rows, channels, columns, PlaneLayout.width)
        }
    }

    private func run(
        _ tile: SparseTile, _ from: UnsafePointer<Float>, _ output: UnsafeMutablePointer<Float>, _ number: Int,
        _ outputs: Range<Int>, memory: UnsafeMutablePointer<Float>
    ) {
        let (example, range, stride) = (number / tiles, positions(number), PlaneLayout.width)
        guard let target else {
            return tile.run(
                from, stride: stride, count: range.count, outputs: outputs, output,
                [SparseTile.Segment(column: 0, row: example * positions + range.lowerBound, count: range.count)],
                memory: memory)
        }
        let bounds = Bounds(tile.epilogue)
        for first in Swift.stride(from: outputs.lowerBound, to: outputs.upperBound, by: SparseTile.outputBlock) {
            let block = first..<min(first + SparseTile.outputBlock, outputs.upperBound)
            let place = output + target.start(example, tile: number % tiles, channel: first)
            SparseKernels.matrix(
                weights, block, from, stride: stride, count: range.count, place, stride: stride, bounds)
            bounds.finish(tile.epilogue, planes: place, count: block.count, of: range.count, stride: stride)
        }
    }

    /// The positions that some outputs read, where there are strides.
    private func gather(
        _ planes: UnsafePointer<Float>, _ source: PlaneLayout, _ example: Int, _ rows: Range<Int>,
        _ channels: Range<Int>, _ columns: UnsafeMutablePointer<Float>
    ) {
        let (output, input, step) = (geometry.output, geometry.input, geometry.strides)
        for row in rows {
            let (line, x) = row.quotientAndRemainder(dividingBy: output[2])
            let (z, y) = line.quotientAndRemainder(dividingBy: output[1])
            let position = ((z * step[0] * input[1]) + y * step[1]) * input[2] + x * step[2]
            let (tile, place) = position.quotientAndRemainder(dividingBy: PlaneLayout.width)
            let from = planes + source.start(example, tile: tile) + place
            let to = columns + row - rows.lowerBound
            for channel in channels {
                to[channel * PlaneLayout.width] = from[channel * PlaneLayout.width]
            }
        }
    }
}
