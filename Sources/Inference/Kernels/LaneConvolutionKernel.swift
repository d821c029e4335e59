/// A convolution with sparse weights and strides of one, of up to two spatial axes. The input is turned to planes of
/// lanes, with zeros around; then what a weight is multiplied with is a run of whole lines, some way further on.
struct LaneConvolutionKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let geometry: WindowGeometry
    private let grid: LaneGrid
    private let weights: SparseWeights
    private let tile: SparseTile

    private static var maximumLanes: Int { 64 }
    /// Channels that are turned at a time.
    private static var chunk: Int { 64 }

    /// - Parameter weights: inputs are numbered tap by tap, channel by channel.
    init(_ geometry: WindowGeometry, _ grid: LaneGrid, weights: SparseWeights, epilogue: Epilogue<Float>?) {
        self.geometry = geometry
        self.grid = grid
        self.weights = weights.withOffsets(channels: geometry.channels, plane: grid.plane * SparseKernels.lanes) {
            tap in
            let (line, column) = tap.quotientAndRemainder(dividingBy: geometry.size[2])
            return (line * geometry.dilation[1] * grid.pitch + column * geometry.dilation[2]) * SparseKernels.lanes
        }
        tile = SparseTile(weights: self.weights, epilogue: epilogue, targetStride: weights.outputs)
    }

    private var units: Int { grid.units(geometry) }

    var scratchCount: Int {
        min(units, Self.maximumLanes) * grid.unitCount + Self.maximumLanes * SparseTile.memoryCount
    }

    func run(_ operands: Operands<Float>) {
        let workers = operands.workers
        let tile = tile.bound(to: operands)
        let (source, target) = (Shared(operands.inputs[0]), Shared(operands.outputs[0]))
        let threads = min(workers.threads, Self.maximumLanes)
        let planes = Shared(operands.scratch + Self.maximumLanes * SparseTile.memoryCount)
        let memory = Shared(operands.scratch)
        let cost = Cost.sparseProducts(weights.nonzeros, rows: geometry.examples * geometry.outputPositions)
        let strips = grid.height * grid.strips
        if units % threads == 0 || units >= 4 * threads {
            // Each thread takes whole units, whose planes stay in its cache.
            return workers.share(units, cost, most: threads) { lane, unit in
                let planes = planes.pointer + lane * grid.unitCount
                lay(source.pointer, unit, lines: 0..<grid.height + grid.span.lines, planes)
                for strip in 0..<strips {
                    run(
                        tile, planes, unit, strip, outputs: 0..<weights.outputs, target.pointer,
                        memory: memory.pointer + lane * SparseTile.memoryCount)
                }
            }
        }
        for first in stride(from: 0, to: units, by: Self.maximumLanes) {
            let units = first..<min(first + Self.maximumLanes, units)
            let lines = grid.height + grid.span.lines
            workers.ranges(units.count * lines, .moving(3 * units.count * grid.unitCount)) { range in
                for line in range {
                    let unit = line / lines
                    lay(
                        source.pointer, units.lowerBound + unit, lines: line % lines..<line % lines + 1,
                        planes.pointer + unit * grid.unitCount)
                }
            }
            let parts = SparseUnits(weights, tiles: units.count * strips, threads: threads)
            workers.share(parts.count, cost, most: threads) { lane, part in
                let (number, outputs) = parts[part]
                let (unit, strip) = number.quotientAndRemainder(dividingBy: strips)
                run(
                    tile, planes.pointer + unit * grid.unitCount, units.lowerBound + unit, strip, outputs: outputs,
                    target.pointer, memory: memory.pointer + lane * SparseTile.memoryCount)
            }
        }
    }

    /// Calls `body` with each lane of a unit that has an example: its number, and of its tile the example and where the
    /// first output is.
    @inline(__always)
    private func eachLane(_ unit: Int, _ body: (_ lane: Int, _ example: Int, _ y: Int, _ x: Int) -> Void) {
        var lane = 0
        for example in unit * grid.examples..<min((unit + 1) * grid.examples, geometry.examples) {
            for row in 0..<grid.rows {
                for column in 0..<grid.columns {
                    body(lane, example, row * grid.height, column * grid.width)
                    lane += 1
                }
            }
        }
    }

    /// Turns some lines of the input to lanes, in the planes of all channels.
    private func lay(
        _ source: UnsafePointer<Float>, _ unit: Int, lines: Range<Int>, _ planes: UnsafeMutablePointer<Float>
    ) {
        let (height, width, channels) = (geometry.input[1], geometry.input[2], geometry.channels)
        withUnsafeTemporaryAllocation(of: UnsafePointer<Float>?.self, capacity: SparseKernels.lanes) { sources in
            for first in stride(from: 0, to: channels, by: Self.chunk) {
                let count = min(Self.chunk, channels - first)
                for line in lines {
                    for column in 0..<grid.pitch {
                        sources.initialize(repeating: nil)
                        eachLane(unit) { lane, example, y, x in
                            let y = y + line - geometry.before[1]
                            let x = x + column - geometry.before[2]
                            guard y >= 0, y < height, x >= 0, x < width else { return }
                            sources[lane] = source + ((example * height + y) * width + x) * channels + first
                        }
                        let place = first * grid.plane + line * grid.pitch + column
                        SparseKernels.toLanes(
                            UnsafePointer(sources.baseAddress!), count: count,
                            into: planes + place * SparseKernels.lanes, stride: grid.plane * SparseKernels.lanes)
                    }
                }
            }
        }
    }

    /// Computes some outputs of a strip and turns them back.
    private func run(
        _ tile: SparseTile, _ planes: UnsafePointer<Float>, _ unit: Int, _ strip: Int, outputs: Range<Int>,
        _ target: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>
    ) {
        let (line, number) = strip.quotientAndRemainder(dividingBy: grid.strips)
        let columns = grid.strip(number)
        let (height, width) = (geometry.output[1], geometry.output[2])
        let bounds = Bounds(tile.epilogue)
        let start = planes + (line * grid.pitch + columns.lowerBound) * SparseKernels.lanes
        withUnsafeTemporaryAllocation(of: UnsafeMutablePointer<Float>?.self, capacity: SparseKernels.lanes) { targets in
            tile.products(
                start, stride: 1, count: columns.count * SparseKernels.lanes, outputs: outputs, bounds, memory: memory
            ) { block, length in
                for column in columns {
                    targets.initialize(repeating: nil)
                    eachLane(unit) { lane, example, y, x in
                        guard y + line < height, x + column < width else { return }
                        let row = (example * height + y + line) * width + x + column
                        targets[lane] = target + row * weights.outputs + block.lowerBound
                    }
                    SparseKernels.fromLanes(
                        memory + (column - columns.lowerBound) * SparseKernels.lanes, count: block.count,
                        stride: length, into: UnsafePointer(targets.baseAddress!))
                }
            }
        }
        eachLane(unit) { _, example, y, x in
            let count = min(columns.count, width - x - columns.lowerBound)
            guard y + line < height, count > 0 else { return }
            let row = (example * height + y + line) * width + x + columns.lowerBound
            bounds.finish(
                tile.epilogue, target + row * weights.outputs + outputs.lowerBound, count, outputs,
                stride: weights.outputs)
        }
    }
}
