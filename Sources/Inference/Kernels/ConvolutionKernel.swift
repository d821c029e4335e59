internal import Networks

/// A convolution as matrix products over gathered windows (im2col); channels last, kernel (taps, channels / groups,
/// filters).
struct ConvolutionKernel<T: Scalar>: Kernel {
    private let geometry: WindowGeometry
    private let groups: Int
    private let filters: Int
    private let kernel: Storage<T>
    private let epilogue: Epilogue<T>?

    /// Numbers that the gathered windows of one tile take.
    private static var tileLength: Int { 1 << 19 }

    init(_ geometry: WindowGeometry, groups: Int, filters: Int, kernel: Storage<T>, epilogue: Epilogue<T>?) {
        self.geometry = geometry
        self.groups = groups
        self.filters = filters
        self.kernel = kernel
        self.epilogue = epilogue
    }

    private var rows: Int { geometry.examples * geometry.outputPositions }
    private var channelsPerGroup: Int { geometry.channels / groups }
    private var filtersPerGroup: Int { filters / groups }
    private var depth: Int { geometry.taps * channelsPerGroup }
    private var isPointwise: Bool { geometry.isPointwise && groups == 1 }

    /// Windows of a tile: as many for any number of threads.
    private var tileRows: Int { min(max(Self.tileLength / max(depth, 1) / 64 * 64, 64), rows) }
    private var tileCount: Int { rows == 0 ? 0 : (rows - 1) / tileRows + 1 }
    /// Tiles that are gathered at once: one for each thread, and there are no more than this.
    private static var maximumThreads: Int { 64 }

    var scratchCount: Int {
        isPointwise ? 0 : tileRows * depth * min(max(tileCount, 1), Self.maximumThreads)
    }

    func run(_ operands: Operands<T>) {
        let (source, target, workers) = (operands.inputs[0], operands.outputs[0], operands.workers)
        if isPointwise {
            multiplyWhole(source, target, workers)
        } else if tileCount == 1 {
            oneTile(source, target, operands.scratch, workers)
        } else {
            manyTiles(source, target, operands.scratch, workers)
        }
    }

    private func multiplyWhole(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ workers: Workers
    ) {
        let (filters, epilogue) = (filters, epilogue)
        let output = Shared(target)
        Product.run(
            rows: rows, columns: filters, depth: depth, source, aStride: depth, UnsafePointer(kernel.base),
            bStride: filters, target, cStride: filters, workers: workers
        ) { rows, columns in
            epilogue?.apply(output.pointer, rows: rows, columns: columns, stride: filters)
        }
    }

    /// All windows at once: threads share the gathering, then the product.
    private func oneTile(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ scratch: UnsafeMutablePointer<T>,
        _ workers: Workers
    ) {
        let (input, output, windows) = (Shared(source), Shared(target), Shared(scratch))
        let (filters, depth, epilogue) = (filters, depth, epilogue)
        for group in 0..<groups {
            workers.ranges(rows, work: rows * depth) { range in
                gather(input.pointer, group, range, windows.pointer + range.lowerBound * depth)
            }
            let offset = group * filtersPerGroup
            Product.run(
                rows: rows, columns: filtersPerGroup, depth: depth, UnsafePointer(scratch), aStride: depth,
                UnsafePointer(kernel.base) + offset, bStride: filters, target + offset, cStride: filters,
                workers: workers
            ) { rows, columns in
                let columns = columns.lowerBound + offset..<columns.upperBound + offset
                epilogue?.apply(output.pointer, rows: rows, columns: columns, stride: filters)
            }
        }
    }

    /// Each tile from windows to results on one thread.
    private func manyTiles(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ scratch: UnsafeMutablePointer<T>,
        _ workers: Workers
    ) {
        let (input, output, memory) = (Shared(source), Shared(target), Shared(scratch))
        let rows = rows
        let lanes = min(workers.threads, tileCount, Self.maximumThreads)
        let next = Counter()
        workers.forEach(lanes, work: 2 * rows * depth * filtersPerGroup) { lane in
            let windows = memory.pointer + lane * tileRows * depth
            while let tile = next.take(below: tileCount) {
                let range = tile * tileRows..<min((tile + 1) * tileRows, rows)
                for group in 0..<groups {
                    gather(input.pointer, group, range, windows)
                    let offset = group * filtersPerGroup
                    T.product(
                        rows: range.count, columns: filtersPerGroup, depth: depth, UnsafePointer(windows),
                        aStride: depth, UnsafePointer(kernel.base) + offset, bStride: filters, bIsTransposed: false,
                        output.pointer + range.lowerBound * filters + offset, cStride: filters, adds: false)
                }
                epilogue?.apply(output.pointer, rows: range, columns: 0..<filters, stride: filters)
            }
        }
    }

    /// Lays the windows at output positions `range` side by side, zeros where they reach past the input.
    private func gather(
        _ source: UnsafePointer<T>, _ group: Int, _ range: Range<Int>, _ windows: UnsafeMutablePointer<T>
    ) {
        let (size, input, output) = (geometry.size, geometry.input, geometry.output)
        let (strides, dilation, before) = (geometry.strides, geometry.dilation, geometry.before)
        let channels = geometry.channels
        let run = channelsPerGroup
        // Neighbouring taps lie together where nothing is between them.
        let isDense = dilation[2] == 1 && groups == 1
        var to = windows
        for row in range {
            let x = row % output[2]
            let y = row / output[2] % output[1]
            let z = row / (output[2] * output[1]) % output[0]
            let example = row / geometry.outputPositions
            let base = source + example * geometry.inputPositions * channels + group * run
            let taps = geometry.tapRange(2, x)
            let startX = x * strides[2] - before[2]
            for plane in 0..<size[0] {
                let inputZ = z * strides[0] - before[0] + plane * dilation[0]
                for line in 0..<size[1] {
                    let inputY = y * strides[1] - before[1] + line * dilation[1]
                    guard inputZ >= 0, inputZ < input[0], inputY >= 0, inputY < input[1], !taps.isEmpty else {
                        to.update(repeating: 0, count: size[2] * run)
                        to += size[2] * run
                        continue
                    }
                    let from = base + (inputZ * input[1] + inputY) * input[2] * channels
                    if taps.lowerBound > 0 { to.update(repeating: 0, count: taps.lowerBound * run) }
                    if isDense {
                        (to + taps.lowerBound * run).update(
                            from: from + (startX + taps.lowerBound) * channels, count: taps.count * run)
                    } else {
                        for tap in taps {
                            (to + tap * run).update(from: from + (startX + tap * dilation[2]) * channels, count: run)
                        }
                    }
                    if taps.upperBound < size[2] {
                        (to + taps.upperBound * run).update(repeating: 0, count: (size[2] - taps.upperBound) * run)
                    }
                    to += size[2] * run
                }
            }
        }
    }
}
