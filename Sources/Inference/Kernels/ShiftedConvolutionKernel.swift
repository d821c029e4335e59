/// A convolution with sparse weights and strides of one, of up to two spatial axes: zeros are laid around the planes of
/// the input, and then what a weight is multiplied with for all outputs of a plane is a run of it, some way further on.
/// Between the lines there are columns too many, which are computed and thrown away.
struct ShiftedConvolutionKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let geometry: WindowGeometry
    private let weights: SparseWeights
    private let tile: SparseTile
    /// Distance between lines, and between planes.
    private let pitch: Int
    private let plane: Int

    private static var maximumLanes: Int { 64 }

    /// - Parameter weights: inputs are numbered tap by tap, channel by channel.
    init(_ geometry: WindowGeometry, weights: SparseWeights, epilogue: Epilogue<Float>?) {
        self.geometry = geometry
        let span = Self.span(geometry)
        let pitch = geometry.output[2] + span.columns
        let plane = (geometry.output[1] + span.lines) * pitch
        self.pitch = pitch
        self.plane = plane
        self.weights = weights.withOffsets(channels: geometry.channels, plane: plane) { tap in
            tap / geometry.size[2] * geometry.dilation[1] * pitch + tap % geometry.size[2] * geometry.dilation[2]
        }
        tile = SparseTile(weights: self.weights, epilogue: epilogue, targetStride: weights.outputs)
    }

    /// Lines and columns that the windows reach past the outputs.
    private static func span(_ geometry: WindowGeometry) -> (lines: Int, columns: Int) {
        ((geometry.size[1] - 1) * geometry.dilation[1], (geometry.size[2] - 1) * geometry.dilation[2])
    }

    /// Whether this is the way to do it: what is computed in vain is less than laying windows side by side would cost.
    static func suits(_ geometry: WindowGeometry) -> Bool {
        geometry.taps > 1 && geometry.strides == [1, 1, 1] && geometry.size[0] == 1 && geometry.before[0] == 0
            && geometry.input[0] == 1 && 3 * span(geometry).columns <= geometry.output[2]
            && geometry.channels * (geometry.output[1] + span(geometry).lines)
                * (geometry.output[2] + span(geometry).columns) < Int(UInt32.max)
    }

    /// Columns of an example, the last line without those too many.
    private var columns: Int { (geometry.output[1] - 1) * pitch + geometry.output[2] }
    private var planesCount: Int { (geometry.examples * geometry.channels * plane + 15) / 16 * 16 }

    var scratchCount: Int { planesCount + Self.maximumLanes * SparseTile.memoryCount }

    func run(_ operands: Operands<Float>) {
        guard geometry.examples > 0, geometry.outputPositions > 0 else { return }
        let (source, target) = (Shared(operands.inputs[0]), Shared(operands.outputs[0]))
        let tile = tile.bound(to: operands)
        let (planes, memory) = (Shared(operands.scratch), Shared(operands.scratch + planesCount))
        let workers = operands.workers
        let lines = plane / pitch
        workers.ranges(geometry.examples * lines, .moving(3 * planesCount)) { range in
            for line in range { lay(source.pointer, line / lines, line % lines, planes.pointer) }
        }
        let perExample = (columns - 1) / SparseTile.width + 1
        let units = SparseUnits(weights, tiles: geometry.examples * perExample, threads: workers.threads)
        let cost = Cost.sparseProducts(weights.nonzeros, rows: geometry.examples * columns)
        let next = Counter()
        workers.forEach(min(workers.threads, units.count, Self.maximumLanes), cost) { lane in
            while let unit = next.take(below: units.count) {
                let (number, outputs) = units[unit]
                let (example, part) = number.quotientAndRemainder(dividingBy: perExample)
                let range = part * columns / perExample..<(part + 1) * columns / perExample
                tile.run(
                    UnsafePointer(planes.pointer) + example * geometry.channels * plane + range.lowerBound, stride: 1,
                    count: range.count, outputs: outputs,
                    target.pointer + example * geometry.outputPositions * weights.outputs, segments(range),
                    memory: memory.pointer + lane * SparseTile.memoryCount)
            }
        }
    }

    /// A line of all planes of an example: zeros, or the input's between zeros.
    private func lay(
        _ source: UnsafePointer<Float>, _ example: Int, _ line: Int, _ planes: UnsafeMutablePointer<Float>
    ) {
        let target = planes + example * geometry.channels * plane + line * pitch
        let y = line - geometry.before[1]
        guard y >= 0, y < geometry.input[1] else {
            for channel in 0..<geometry.channels { (target + channel * plane).clear(pitch) }
            return
        }
        // A window may leave the last columns of the input out.
        let before = geometry.before[2]
        let width = min(geometry.input[2], pitch - before)
        let after = pitch - before - width
        for channel in 0..<geometry.channels {
            let row = target + channel * plane
            for column in 0..<before { row[column] = 0 }
            for column in pitch - after..<pitch { row[column] = 0 }
        }
        SparseKernels.transpose(
            source + (example * geometry.input[1] + y) * geometry.input[2] * geometry.channels, rows: width,
            columns: geometry.channels, stride: geometry.channels, into: target + before, stride: plane)
    }

    /// Which outputs some columns are, line by line.
    private func segments(_ range: Range<Int>) -> [SparseTile.Segment] {
        (range.lowerBound / pitch...(range.upperBound - 1) / pitch).compactMap { line in
            let inside = (line * pitch..<line * pitch + geometry.output[2]).clamped(to: range)
            guard !inside.isEmpty else { return nil }
            return SparseTile.Segment(
                column: inside.lowerBound - range.lowerBound,
                row: line * geometry.output[2] + inside.lowerBound - line * pitch, count: inside.count)
        }
    }
}
