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

    /// Windows of a tile, all tiles being about as large; as many for any number of threads.
    private var tileRows: Int {
        guard rows > 0 else { return 1 }
        let tiles = max((rows * depth + Self.tileLength - 1) / Self.tileLength, 1)
        return ((rows - 1) / tiles / 64 + 1) * 64
    }
    private var tileCount: Int { rows == 0 ? 0 : (rows - 1) / tileRows + 1 }
    /// Tiles that are gathered at once: one for each thread, and there are no more than this.
    private static var maximumThreads: Int { 64 }

    var scratchCount: Int {
        isPointwise || rows == 0 ? 0 : min(tileRows, rows) * depth * min(max(tileCount, 1), Self.maximumThreads)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let (source, target, workers) = (operands.inputs[0], operands.outputs[0], operands.workers)
        let epilogue = epilogue?.bound(to: operands)
        if isPointwise {
            product(0, epilogue).run(source, UnsafePointer(kernel.base), target, workers)
        } else if tileCount == 1 {
            oneTile(source, target, operands.scratch, epilogue, workers)
        } else {
            manyTiles(source, target, operands.scratch, epilogue, workers)
        }
    }

    /// The product for one group of channels.
    private func product(_ group: Int, _ epilogue: Epilogue<T>?) -> Product<T> {
        Product(
            rows: rows, columns: filtersPerGroup, depth: depth, bStride: filters, cStride: filters, epilogue: epilogue,
            firstChannel: group * filtersPerGroup)
    }

    /// All windows at once: threads share the gathering, then the product.
    private func oneTile(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ scratch: UnsafeMutablePointer<T>,
        _ epilogue: Epilogue<T>?, _ workers: Workers
    ) {
        let (input, windows) = (Shared(source), Shared(scratch))
        let (rows, depth) = (rows, depth)
        for group in 0..<groups {
            workers.ranges(rows, .moving(rows * depth)) { range in
                gather(input.pointer, group, range, windows.pointer + range.lowerBound * depth)
            }
            let offset = group * filtersPerGroup
            product(group, epilogue).run(
                UnsafePointer(scratch), UnsafePointer(kernel.base) + offset, target + offset, workers)
        }
    }

    /// Each tile from windows to results on one thread.
    private func manyTiles(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ scratch: UnsafeMutablePointer<T>,
        _ epilogue: Epilogue<T>?, _ workers: Workers
    ) {
        let (input, output, memory) = (Shared(source), Shared(target), Shared(scratch))
        let rows = rows
        workers.share(tileCount, .products(rows * depth * filters), most: Self.maximumThreads) { lane, tile in
            let windows = memory.pointer + lane * min(tileRows, rows) * depth
            let range = tile * tileRows..<min((tile + 1) * tileRows, rows)
            for group in 0..<groups {
                gather(input.pointer, group, range, windows)
                let offset = group * filtersPerGroup
                product(group, epilogue).tile(
                    UnsafePointer(windows), UnsafePointer(kernel.base) + offset,
                    output.pointer + range.lowerBound * filters + offset, 0..<range.count, 0..<filtersPerGroup)
            }
        }
    }

    /// Lays the windows at output positions `range` side by side, zeros where they reach past the input.
    private func gather(
        _ source: UnsafePointer<T>, _ group: Int, _ range: Range<Int>, _ windows: UnsafeMutablePointer<T>
    ) {
        Self.gather(geometry, source + group * channelsPerGroup, range, channelsPerGroup, windows)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func gather(
        _ geometry: WindowGeometry, _ source: UnsafePointer<T>, _ range: Range<Int>, _ run: Int,
        _ windows: UnsafeMutablePointer<T>
    ) {
        let (size, input, output) = (geometry.size, geometry.input, geometry.output)
        let (strides, dilation, before) = (geometry.strides, geometry.dilation, geometry.before)
        let channels = geometry.channels
        // Neighbouring taps lie together where nothing is between them.
        let isDense = dilation[2] == 1 && run == channels
        var to = windows
        for row in range {
            let x = row % output[2]
            let y = row / output[2] % output[1]
            let z = row / (output[2] * output[1]) % output[0]
            let example = row / geometry.outputPositions
            let base = source + example * geometry.inputPositions * channels
            let taps = geometry.tapRange(2, x)
            let startX = x * strides[2] - before[2]
            for plane in 0..<size[0] {
                let inputZ = z * strides[0] - before[0] + plane * dilation[0]
                for line in 0..<size[1] {
                    let inputY = y * strides[1] - before[1] + line * dilation[1]
                    guard inputZ >= 0, inputZ < input[0], inputY >= 0, inputY < input[1], !taps.isEmpty else {
                        to.clear(size[2] * run)
                        to += size[2] * run
                        continue
                    }
                    let from = base + (inputZ * input[1] + inputY) * input[2] * channels
                    if taps.lowerBound > 0 { to.clear(taps.lowerBound * run) }
                    if isDense {
                        (to + taps.lowerBound * run).copy(
                            from + (startX + taps.lowerBound) * channels, taps.count * run)
                    } else {
                        for tap in taps {
                            (to + tap * run).copy(from + (startX + tap * dilation[2]) * channels, run)
                        }
                    }
                    if taps.upperBound < size[2] {
                        (to + taps.upperBound * run).clear((size[2] - taps.upperBound) * run)
                    }
                    to += size[2] * run
                }
            }
        }
    }
}
