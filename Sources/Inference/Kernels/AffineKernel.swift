internal import Networks
internal import Tensors

/// x · scale + shift, varying along some axes.
struct AffineKernel<T: Scalar>: Kernel {
    private let outer: Int
    private let cells: Int
    private let inner: Int
    private let scale: Storage<T>
    private let shift: Storage<T>

    /// - Parameter axes: positions among the extents, ascending; empty: one scale and shift for all.
    init(_ value: ValueLayout, axes: [Int], scale: [Double], shift: [Double]) throws {
        let isRun = axes.isEmpty || axes == Array(axes[0]..<axes[0] + axes.count)
        if axes.isEmpty {
            (outer, cells, inner) = (1, 1, value.count)
        } else if isRun {
            outer = value.rows * value.extents[..<axes[0]].reduce(1, *)
            cells = axes.reduce(1) { $0 * value.extents[$1] }
            inner = value.extents[(axes[axes.count - 1] + 1)...].reduce(1, *)
        } else {
            (outer, cells, inner) = (value.rows, value.rowCount, 1)
        }
        let wanted = axes.reduce(1) { $0 * value.extents[$1] }
        guard [scale, shift].allSatisfy({ $0.count == wanted || $0.count == 1 }) else {
            throw SparsifyError(.malformed, "A scale of \(scale.count) numbers is applied to \(wanted) cells.")
        }
        let count = cells
        func spread(_ numbers: [Double]) -> Storage<T> {
            let numbers = numbers.count == wanted ? numbers : Array(repeating: numbers[0], count: wanted)
            guard !isRun else { return Storage(numbers.map { T($0) }) }
            return Storage(
                (0..<count).map { element in T(numbers[Self.cell(of: element, value.extents, axes)]) })
        }
        self.scale = spread(scale)
        self.shift = spread(shift)
    }

    /// The cell over `axes` that an element of one row belongs to.
    private static func cell(of element: Int, _ extents: [Int], _ axes: [Int]) -> Int {
        let distances = strides(extents)
        return axes.reduce(0) { $0 * extents[$1] + element / distances[$1] % extents[$1] }
    }

    var worksInPlace: Bool { true }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        Self.run(
            operands.inputs[0], operands.outputs[0], outer, cells, inner, scale.base, shift.base, operands.workers)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func run(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ outer: Int, _ cells: Int, _ inner: Int,
        _ scale: UnsafePointer<T>, _ shift: UnsafePointer<T>, _ workers: Workers
    ) {
        let (source, target, scale, shift) = (Shared(source), Shared(target), Shared(scale), Shared(shift))
        if inner == 1 {
            workers.ranges(outer, .moving(outer * cells)) { range in
                for row in range {
                    T.scale(
                        source.pointer + row * cells, by: scale.pointer, plus: shift.pointer,
                        target.pointer + row * cells, cells)
                }
            }
        } else {
            workers.ranges(outer * cells, .moving(outer * cells * inner)) { range in
                for vector in range {
                    let (from, to) = (source.pointer + vector * inner, target.pointer + vector * inner)
                    let (factor, offset) = (scale.pointer[vector % cells], shift.pointer[vector % cells])
                    for index in 0..<inner { to[index] = from[index] * factor + offset }
                }
            }
        }
    }
}
