/// How the outputs of a convolution with strides of one are shared among lanes. Each lane has a tile of its own, of one
/// of the examples; what lies at one place of all tiles lies side by side in memory, so that a window is a few whole
/// lines of lanes, wherever it begins.
struct LaneGrid: Sendable {
    /// Lanes are (examples, lines of tiles, columns of tiles).
    private(set) var examples = 1
    private(set) var rows = 1
    private(set) var columns = 1
    /// Outputs of a tile.
    private(set) var height: Int
    private(set) var width: Int
    /// Lines and columns that windows reach past their outputs.
    private(set) var span: (lines: Int, columns: Int)
    private(set) var channels: Int

    /// The grid that takes the least time; nil where windows are better laid side by side.
    init?(_ geometry: WindowGeometry, nonzeros: Int, outputs: Int) {
        guard geometry.taps > 1, geometry.strides == [1, 1, 1], geometry.size[0] == 1, geometry.before[0] == 0,
            geometry.input[0] == 1, geometry.examples > 0, geometry.outputPositions > 0, nonzeros > 0
        else { return nil }
        span = (
            (geometry.size[1] - 1) * geometry.dilation[1], (geometry.size[2] - 1) * geometry.dilation[2]
        )
        channels = geometry.channels
        (height, width) = (geometry.output[1], geometry.output[2])
        var best: (cost: Int, grid: LaneGrid)?
        for examples in 1...min(SparseKernels.lanes, geometry.examples) {
            for rows in 1...min(SparseKernels.lanes / examples, geometry.output[1]) {
                var grid = self
                (grid.examples, grid.rows) = (examples, rows)
                grid.columns = min(SparseKernels.lanes / examples / rows, geometry.output[2])
                grid.height = (geometry.output[1] - 1) / rows + 1
                grid.width = (geometry.output[2] - 1) / grid.columns + 1
                let cost = grid.cost(geometry, nonzeros, outputs)
                if grid.unitCount <= Int(UInt32.max), cost < best?.cost ?? .max { best = (cost, grid) }
            }
        }
        guard let best, best.cost < Self.windowsCost(geometry, nonzeros, outputs) else { return nil }
        self = best.grid
    }

    // MARK: Memory

    /// Distance between lines of a plane, and between planes, in lines of lanes. An odd number of these, so that planes
    /// do not fall on one another in the cache.
    var pitch: Int { width + span.columns }
    var plane: Int { (height + span.lines) * pitch | 1 }
    /// Numbers that the planes of all channels take.
    var unitCount: Int { channels * plane * SparseKernels.lanes }

    /// Numbers of the input that are turned to lanes, zeros and what lies in several tiles included.
    func laid(_ geometry: WindowGeometry) -> Int { units(geometry) * unitCount }

    // MARK: Cuts

    /// Units of work with planes of their own.
    func units(_ geometry: WindowGeometry) -> Int { (geometry.examples - 1) / examples + 1 }

    /// Strips of a line of outputs, each as wide as registers hold sums for.
    var strips: Int { (width - 1) / 8 + 1 }

    /// Columns of a strip.
    func strip(_ number: Int) -> Range<Int> { number * width / strips..<(number + 1) * width / strips }

    // MARK: Costs

    /// In products of a line of lanes.
    private func cost(_ geometry: WindowGeometry, _ nonzeros: Int, _ outputs: Int) -> Int {
        // Reading a weight takes as long as two products, turning a line of lanes as long as five.
        let products = nonzeros * height * (width + 2 * strips)
        let turned = 5 * (channels * plane + outputs * height * width)
        // Planes that a core's own cache does not hold take longer.
        let isLarge = unitCount > 1 << 18
        return units(geometry) * (products + turned) * (isLarge ? 21 : 20) / 20
    }

    /// The same where windows are laid side by side.
    private static func windowsCost(_ geometry: WindowGeometry, _ nonzeros: Int, _ outputs: Int) -> Int {
        let rows = geometry.examples * geometry.outputPositions
        let lines = (rows - 1) / SparseKernels.lanes + 1
        let turned = geometry.examples * geometry.inputPositions * geometry.channels + rows * outputs
        return nonzeros * lines * 5 / 4
            + (5 * turned + 8 * rows * geometry.channels * geometry.taps) / SparseKernels.lanes
    }
}
