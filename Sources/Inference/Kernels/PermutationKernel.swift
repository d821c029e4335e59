/// The axes of an array in another order.
struct PermutationKernel<T: Scalar>: Kernel {
    /// Runs of neighbouring axes that stay together are one axis here, and the innermost comes last.
    private let dimensions: [Int]
    private let steps: [Int]

    /// - Parameter order: for each axis of the result, the axis of the source that it is.
    init(dimensions source: [Int], order: [Int]) {
        var groups: [[Int]] = []
        for axis in order where source[axis] != 1 {
            if let last = groups.last?.last, last + 1 == axis {
                groups[groups.count - 1].append(axis)
            } else {
                groups.append([axis])
            }
        }
        let distances = strides(source)
        dimensions = groups.map { $0.reduce(1) { $0 * source[$1] } }
        steps = groups.map { distances[$0[$0.count - 1]] }
    }

    var isIdentity: Bool { dimensions.count <= 1 }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        Self.permute(operands.inputs[0], operands.outputs[0], dimensions, steps, operands.workers)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func permute(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ dimensions: [Int], _ steps: [Int],
        _ workers: Workers
    ) {
        guard let inner = dimensions.last, let step = steps.last else {
            target.pointee = source.pointee
            return
        }
        let rows = dimensions.dropLast().reduce(1, *)
        let source = Shared(source)
        let target = Shared(target)
        let outer = Array(zip(dimensions, steps).dropLast().reversed())
        workers.ranges(rows, .moving(rows * inner)) { range in
            for row in range {
                var rest = row
                var offset = 0
                for (extent, step) in outer {
                    offset += rest % extent * step
                    rest /= extent
                }
                let from = source.pointer + offset
                let to = target.pointer + row * inner
                if step == 1 {
                    to.copy(from, inner)
                } else {
                    for index in 0..<inner { to[index] = from[index * step] }
                }
            }
        }
    }
}
