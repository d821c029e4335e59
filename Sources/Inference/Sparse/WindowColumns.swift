/// The columns of a convolution as a sparse product takes them: for each tap and channel what the outputs read.
struct WindowColumns: Sendable {
    let geometry: WindowGeometry

    /// Turns the positions in a range, of all examples, to planes: (examples, channels, positions).
    func turn(
        _ source: UnsafePointer<Float>, _ range: Range<Int>, into planes: UnsafeMutablePointer<Float>
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
    func points(
        _ source: UnsafePointer<Float>, _ rows: Range<Int>, _ channels: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
        eachRun(rows) { run in
            let target = columns + channels.lowerBound * stride + run.place
            let taps = inside(run, tap: 0)
            guard let line = self.line(run, plane: 0, line: 0), !taps.isEmpty else {
                for channel in 0..<channels.count { (target + channel * stride).clear(run.count) }
                return
            }
            if taps.count < run.count {
                for channel in 0..<channels.count { (target + channel * stride).clear(run.count) }
            }
            let step = geometry.strides[2]
            let first = line + (run.x + taps.lowerBound) * step - geometry.before[2]
            SparseKernels.transpose(
                source + first * geometry.channels + channels.lowerBound, rows: taps.count, columns: channels.count,
                stride: step * geometry.channels, into: target + taps.lowerBound, stride: stride)
        }
    }

    /// Columns gathered from planes.
    func gather(
        _ planes: UnsafePointer<Float>, _ rows: Range<Int>, _ channels: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
        if isShift { return shifts(planes, rows, channels, columns, stride) }
        let (size, step) = (geometry.size, geometry.strides[2])
        eachRun(rows) { run in
            let base = planes + run.example * (geometry.channels - 1) * geometry.inputPositions
            for tap in 0..<geometry.taps {
                let line = self.line(run, plane: tap / (size[2] * size[1]), line: tap / size[2] % size[1])
                let inside = line == nil ? 0..<0 : self.inside(run, tap: tap % size[2])
                let first =
                    (run.x + inside.lowerBound) * step - geometry.before[2] + tap % size[2] * geometry.dilation[2]
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
                    } else if step == 2 {
                        // The frequent one, which the compiler can do in vectors.
                        for index in 0..<inside.count { to[index] = source[index * 2] }
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

    private func eachRun(_ rows: Range<Int>, _ body: (Run) -> Void) {
        let output = geometry.output
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
    private func line(_ run: Run, plane: Int, line: Int) -> Int? {
        let z = run.z * geometry.strides[0] - geometry.before[0] + plane * geometry.dilation[0]
        let y = run.y * geometry.strides[1] - geometry.before[1] + line * geometry.dilation[1]
        guard z >= 0, z < geometry.input[0], y >= 0, y < geometry.input[1] else { return nil }
        return ((run.example * geometry.input[0] + z) * geometry.input[1] + y) * geometry.input[2]
    }

    /// Which outputs of a run have a tap of the innermost axis within the input.
    private func inside(_ run: Run, tap: Int) -> Range<Int> {
        let step = geometry.strides[2]
        let start = run.x * step - geometry.before[2] + tap * geometry.dilation[2]
        let first = start >= 0 ? 0 : (-start + step - 1) / step
        let room = geometry.input[2] - 1 - start
        let end = room < 0 ? 0 : room / step + 1
        return min(first, run.count)..<max(min(end, run.count), min(first, run.count))
    }

    // MARK: Windows that are the input, shifted

    /// Whether outputs lie as inputs do, so that what a tap reads for all of them is the input shifted by one distance.
    private var isShift: Bool {
        geometry.strides == [1, 1, 1] && geometry.input[1] == geometry.output[1]
            && geometry.input[2] == geometry.output[2]
    }

    private func shifts(
        _ planes: UnsafePointer<Float>, _ rows: Range<Int>, _ channels: Range<Int>,
        _ columns: UnsafeMutablePointer<Float>, _ stride: Int
    ) {
        let (size, before, dilation) = (geometry.size, geometry.before, geometry.dilation)
        let area = geometry.input[1] * geometry.input[2]
        eachPart(rows, of: area) { part, first, place in
            let (example, z) = part.quotientAndRemainder(dividingBy: geometry.output[0])
            let positions = first..<min(first + rows.count - place, area)
            for tap in 0..<geometry.taps {
                let depth = z - before[0] + tap / (size[2] * size[1]) * dilation[0]
                let shift = Shift(
                    lines: tap / size[2] % size[1] * dilation[1] - before[1],
                    columns: tap % size[2] * dilation[2] - before[2], height: geometry.input[1],
                    width: geometry.input[2])
                let isInside = depth >= 0 && depth < geometry.input[0]
                for channel in channels {
                    let target = columns + (tap * geometry.channels + channel) * stride + place
                    guard isInside else {
                        target.clear(positions.count)
                        continue
                    }
                    let plane = (example * geometry.channels + channel) * geometry.input[0] + depth
                    shift.copy(planes + plane * area, positions, target)
                }
            }
        }
    }

    /// Calls `body` for each part of so many rows that the range has a share of: its number, the first row in it, and
    /// where that is in the range.
    private func eachPart(_ rows: Range<Int>, of length: Int, _ body: (_ part: Int, _ first: Int, _ place: Int) -> Void)
    {
        var row = rows.lowerBound
        while row < rows.upperBound {
            body(row / length, row % length, row - rows.lowerBound)
            row = (row / length + 1) * length
        }
    }
}

/// A plane read some lines and columns away, zeros being around it.
private struct Shift {
    var lines: Int
    var columns: Int
    var height: Int
    var width: Int

    /// Writes what the positions in a range read.
    func copy(_ plane: UnsafePointer<Float>, _ positions: Range<Int>, _ target: UnsafeMutablePointer<Float>) {
        let distance = lines * width + columns
        // Positions whose line is inside, and of those the ones that do not reach past the plane's memory.
        let inside = (min(max(-lines, 0), height) * width..<max(height - max(lines, 0), 0) * width).clamped(
            to: positions)
        let copied = (min(max(-distance, 0), height * width)..<max(height * width - max(distance, 0), 0)).clamped(
            to: inside)
        guard !copied.isEmpty else { return target.clear(positions.count) }
        let base = positions.lowerBound
        target.clear(copied.lowerBound - base)
        (target + copied.lowerBound - base).copy(plane + copied.lowerBound + distance, copied.count)
        (target + copied.upperBound - base).clear(positions.upperBound - copied.upperBound)
        // What was copied across the ends of lines.
        guard columns != 0 else { return }
        let edge = columns < 0 ? 0..<min(-columns, width) : max(width - columns, 0)..<width
        var line = copied.lowerBound / width * width
        while line < copied.upperBound {
            for position in (line + edge.lowerBound..<line + edge.upperBound).clamped(to: copied) {
                target[position - base] = 0
            }
            line += width
        }
    }
}
