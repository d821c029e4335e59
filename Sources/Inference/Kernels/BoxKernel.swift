internal import Networks

/// A box of a value, with another step along some axes, laid into a box of a larger one: padding, cropping, slicing and
/// the parts of a concatenation.
struct BoxKernel<T: Scalar>: Kernel {
    /// Extents of the box.
    private let dimensions: [Int]
    private let sourceSteps: [Int]
    private let targetSteps: [Int]
    private let sourceStart: Int
    private let targetStart: Int
    /// What the target is filled with first, and how much of it; nil where the box fills it.
    private let filling: (value: T, count: Int)?

    /// - Parameters:
    ///   - source, target: extents of both, rows first.
    ///   - from, step: where the box begins in the source, and how far its elements lie apart there.
    ///   - to: where the box begins in the target.
    init(
        _ box: [Int], source: [Int], from: [Int], step: [Int]? = nil, target: [Int], to: [Int], filling value: T? = nil
    ) {
        dimensions = box
        let distances = (strides(source), strides(target))
        sourceSteps = zip(distances.0, step ?? box.map { _ in 1 }).map { $0 * $1 }
        targetSteps = distances.1
        sourceStart = zip(from, distances.0).reduce(0) { $0 + $1.0 * $1.1 }
        targetStart = zip(to, distances.1).reduce(0) { $0 + $1.0 * $1.1 }
        filling = value.map { ($0, target.reduce(1, *)) }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        if let filling {
            let target = Shared(operands.outputs[0])
            operands.workers.ranges(filling.count, .moving(filling.count)) {
                (target.pointer + $0.lowerBound).fill(filling.value, $0.count)
            }
        }
        copy(operands.inputs[0], operands.outputs[0], operands.workers)
    }

    func copy(_ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ workers: Workers) {
        guard let inner = dimensions.last, !dimensions.contains(0) else {
            if dimensions.isEmpty { target.pointee = source.pointee }
            return
        }
        let walks = dimensions.dropLast().reduce(1, *)
        let step = sourceSteps[sourceSteps.count - 1]
        let (source, target) = (Shared(source), Shared(target))
        workers.ranges(walks, .moving(walks * inner)) { range in
            for walk in range {
                var rest = walk
                var (from, to) = (sourceStart, targetStart)
                for axis in stride(from: dimensions.count - 2, through: 0, by: -1) {
                    let place = rest % dimensions[axis]
                    rest /= dimensions[axis]
                    from += place * sourceSteps[axis]
                    to += place * targetSteps[axis]
                }
                let (values, output) = (source.pointer + from, target.pointer + to)
                if step == 1 {
                    output.copy(values, inner)
                } else {
                    for index in 0..<inner { output[index] = values[index * step] }
                }
            }
        }
    }
}

/// Values laid end to end along one axis.
struct ConcatenationKernel<T: Scalar>: Kernel {
    private let parts: [BoxKernel<T>]

    /// - Parameter axis: position among the extents.
    init(axis: Int, _ inputs: [ValueLayout], _ output: ValueLayout) {
        var parts: [BoxKernel<T>] = []
        var place = 0
        for input in inputs {
            var to = output.dimensions.map { _ in 0 }
            to[axis + 1] = place
            parts.append(
                BoxKernel(
                    input.dimensions, source: input.dimensions, from: input.dimensions.map { _ in 0 },
                    target: output.dimensions, to: to))
            place += input.extents[axis]
        }
        self.parts = parts
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        for (part, source) in zip(parts, operands.inputs) {
            part.copy(source, operands.outputs[0], operands.workers)
        }
    }
}
