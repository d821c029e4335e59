internal import Networks

/// A convolution with sparse weights; channels last. Where windows are more than one element, the input is first turned
/// into planes, one for each channel, of which windows are runs.
struct SparseConvolutionKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let geometry: WindowGeometry
    private let product: SparseProduct

    /// - Parameter weights: inputs are numbered tap by tap, channel by channel.
    init(_ geometry: WindowGeometry, weights: SparseWeights, epilogue: Epilogue<Float>?) {
        self.geometry = geometry
        product = SparseProduct(weights, rows: geometry.examples * geometry.outputPositions, epilogue: epilogue)
    }

    private var planesCount: Int {
        geometry.taps == 1 ? 0 : geometry.examples * geometry.inputPositions * geometry.channels
    }

    var scratchCount: Int { planesCount + product.scratchCount }

    func run(_ operands: Operands<Float>) {
        let (geometry, workers) = (geometry, operands.workers)
        let source = Shared(operands.inputs[0])
        let planes = Shared(operands.scratch)
        let rest = operands.scratch + planesCount
        guard geometry.taps > 1 else {
            return product.run(operands.outputs[0], scratch: rest, workers, channels: geometry.channels) {
                Self.points(geometry, source.pointer, $0, $1, $2, $3)
            }
        }
        let positions = geometry.inputPositions
        workers.ranges(geometry.examples * positions, .moving(2 * planesCount), granule: 16) { range in
            Self.planes(geometry, source.pointer, range, planes.pointer)
        }
        product.run(operands.outputs[0], scratch: rest, workers, channels: geometry.channels) {
            Self.windows(geometry, UnsafePointer(planes.pointer), $0, $1, $2, $3)
        }
    }

    /// Turns the positions in a range, of all examples, to planes: (examples, channels, positions).
    private static func planes(
        _ geometry: WindowGeometry, _ source: UnsafePointer<Float>, _ range: Range<Int>,
        _ planes: UnsafeMutablePointer<Float>
    ) {
        let (positions, channels) = (geometry.inputPositions, geometry.channels)
        var start = range.lowerBound
        while start < range.upperBound {
            let example = start / positions
            let end = min(range.upperBound, (example + 1) * positions)
            SparseKernels.transpose(
                source + start * channels, rows: end - start, columns: channels, stride: channels,
                into: planes + example * positions * channels + start - example * positions, stride: positions)
            start = end
        }
    }

    /// Columns of a convolution whose windows are single elements, strides and zeros around the input included.
    private static func points(
        _ geometry: WindowGeometry, _ source: UnsafePointer<Float>, _ rows: Range<Int>, _ channels: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
        eachRun(geometry, rows) { run in
            let target = columns + channels.lowerBound * stride + run.place
            let taps = geometry.isPointwise ? 0..<run.count : inside(geometry, run, tap: 0)
            let line = line(geometry, run, plane: 0, line: 0)
            guard geometry.isPointwise || line != nil, !taps.isEmpty else {
                for channel in 0..<channels.count { (target + channel * stride).clear(run.count) }
                return
            }
            if taps.count < run.count {
                for channel in 0..<channels.count { (target + channel * stride).clear(run.count) }
            }
            let step = geometry.isPointwise ? 1 : geometry.strides[2]
            let first =
                geometry.isPointwise
                ? rows.lowerBound + run.place : line! + (run.x + taps.lowerBound) * step - geometry.before[2]
            SparseKernels.transpose(
                source + first * geometry.channels + channels.lowerBound, rows: taps.count, columns: channels.count,
                stride: step * geometry.channels, into: target + taps.lowerBound, stride: stride)
        }
    }

    /// Columns gathered from planes.
    private static func windows(
        _ geometry: WindowGeometry, _ planes: UnsafePointer<Float>, _ rows: Range<Int>, _ channels: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
        let (size, step) = (geometry.size, geometry.strides[2])
        eachRun(geometry, rows) { run in
            let base = planes + run.example * (geometry.channels - 1) * geometry.inputPositions
            for tap in 0..<geometry.taps {
                let line = line(geometry, run, plane: tap / (size[2] * size[1]), line: tap / size[2] % size[1])
                let inside = line == nil ? 0..<0 : inside(geometry, run, tap: tap % size[2])
                let first = (run.x + inside.lowerBound) * step - geometry.before[2] + tap % size[2] * geometry.dilation[2]
                for channel in channels {
                    let target = columns + (tap * geometry.channels + channel) * stride + run.place
                    if inside.lowerBound > 0 { target.clear(inside.lowerBound) }
                    if inside.upperBound < run.count {
                        (target + inside.upperBound).clear(run.count - inside.upperBound)
                    }
                    guard !inside.isEmpty, let line else { continue }
                    let source = base + channel * geometry.inputPositions + line + first
                    let to = target + inside.lowerBound
                    if step == 1 {
                        to.copy(source, inside.count)
                    } else {
                        for index in 0..<inside.count { to[index] = source[index * step] }
                    }
                }
            }
        }
    }

    /// Neighbouring outputs along the innermost axis, of one example and line: `count` of them from `x` on.
    private struct Run {
        var example: Int
        var z: Int
        var y: Int
        var x: Int
        var count: Int
        /// Among the rows asked for.
        var place: Int
    }

    private static func eachRun(_ geometry: WindowGeometry, _ rows: Range<Int>, _ body: (Run) -> Void) {
        let output = geometry.output
        // Without a window there are no lines to mind.
        if geometry.isPointwise {
            return body(Run(example: 0, z: 0, y: 0, x: 0, count: rows.count, place: 0))
        }
        var row = rows.lowerBound
        while row < rows.upperBound {
            let x = row % output[2]
            let count = min(output[2] - x, rows.upperBound - row)
            let line = row / output[2]
            body(
                Run(
                    example: line / (output[1] * output[0]), z: line / output[1] % output[0], y: line % output[1], x: x,
                    count: count, place: row - rows.lowerBound))
            row += count
        }
    }

    /// Position in the input of all examples at which the line begins that a tap of a run reads; nil where it lies
    /// outside.
    private static func line(_ geometry: WindowGeometry, _ run: Run, plane: Int, line: Int) -> Int? {
        let z = run.z * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
        let y = run.y * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
        guard z >= 0, z < geometry.input[0], y >= 0, y < geometry.input[1] else { return nil }
        return ((run.example * geometry.input[0] + z) * geometry.input[1] + y) * geometry.input[2]
    }

    /// Which outputs of a run have a tap of the innermost axis within the input.
    private static func inside(_ geometry: WindowGeometry, _ run: Run, tap: Int) -> Range<Int> {
        let step = geometry.strides[2]
        let start = run.x * step - geometry.before[2] + tap * geometry.dilation[2]
        let first = start >= 0 ? 0 : (-start + step - 1) / step
        let room = geometry.input[2] - 1 - start
        let end = room < 0 ? 0 : room / step + 1
        return min(first, run.count)..<max(min(end, run.count), min(first, run.count))
    }
}
