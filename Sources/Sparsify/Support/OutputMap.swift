internal import Synchronization
internal import Tensors

/// Which output of its layer each element of a weight feeds: the element's cell over some axes.
struct OutputMap: Sendable {
    /// Number of cells.
    let count: Int
    /// For each output axis: elements per step, extent, cells per step.
    private let axes: [(stride: Int, extent: Int, cellStride: Int)]

    /// - Parameter outputAxes: axes of `shape` that count outputs.
    init(shape: Shape, outputAxes: [Int]) {
        var axes: [(stride: Int, extent: Int, cellStride: Int)] = []
        var cells = 1
        for axis in outputAxes.sorted(by: >) {
            let stride = shape.dimensions[(axis + 1)...].reduce(1, *)
            axes.append((stride, shape.dimensions[axis], cells))
            cells *= shape.dimensions[axis]
        }
        self.axes = axes
        count = cells
    }

    @inline(__always)
    func cell(_ position: Int) -> Int {
        var cell = 0
        for axis in axes { cell += position / axis.stride % axis.extent * axis.cellStride }
        return cell
    }
}

/// Which cells have been seen; filled from several threads.
final class OutputOccupancy: @unchecked Sendable {
    private let map: OutputMap
    private let state: Mutex<State>

    private struct State {
        var seen: [Bool]
        var occupied = 0
    }

    init(_ map: OutputMap) {
        self.map = map
        state = Mutex(State(seen: [Bool](repeating: false, count: map.count)))
    }

    var occupied: Int { state.withLock { $0.occupied } }
    /// Nothing more can be learnt.
    var isFull: Bool { occupied == map.count }

    /// Calls `walk` with a function that marks the output of a position.
    func mark(_ walk: ((Int) -> Void) -> Void) {
        var seen = [Bool](repeating: false, count: map.count)
        let map = map
        walk { seen[map.cell($0)] = true }
        state.withLock { state in
            for cell in seen.indices where seen[cell] && !state.seen[cell] {
                state.seen[cell] = true
                state.occupied += 1
            }
        }
    }
}
