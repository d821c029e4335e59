internal import Networks
internal import Tensors

/// Softmax, its logarithm, or sparsemax along some axes.
struct SoftmaxKernel<T: Scalar>: Kernel {
    private enum Kind { case softmax, logarithm, sparsemax }

    private let kind: Kind
    private let outer: Int
    private let length: Int
    private let inner: Int
    private let count: Int
    private let masked: T
    private let mask: BroadcastCopy<T>?
    /// Brings the axes together, and back; nil where they are neighbours.
    private let gathering: (there: PermutationKernel<T>, back: PermutationKernel<T>)?

    init(_ activation: Activation, _ value: ValueLayout, mask: ValueLayout?) {
        kind = activation.name == "softmax" ? .softmax : activation.name == "sparsemax" ? .sparsemax : .logarithm
        let axes = activation.axes(count: value.extents.count).map { $0 + 1 }.sorted()
        let dimensions = value.dimensions
        count = value.count
        length = axes.reduce(1) { $0 * dimensions[$1] }
        if let first = axes.first, axes != Array(first..<first + axes.count) {
            let order = dimensions.indices.filter { !axes.contains($0) } + axes
            gathering = (
                PermutationKernel(dimensions: dimensions, order: order),
                PermutationKernel(
                    dimensions: order.map { dimensions[$0] },
                    order: dimensions.indices.map { order.firstIndex(of: $0)! })
            )
            outer = value.count / max(length, 1)
            inner = 1
        } else {
            gathering = nil
            let first = axes.first ?? dimensions.count
            outer = dimensions[..<first].reduce(1, *)
            inner = dimensions[(first + axes.count)...].reduce(1, *)
        }
        masked = T(activation.number("masked_value") ?? -1e9)
        self.mask = mask.map { BroadcastCopy(from: $0, to: value) }
    }

    var worksInPlace: Bool { true }
    var scratchCount: Int { (mask == nil ? 0 : count) + (gathering == nil ? 0 : count) }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        var source = operands.inputs[0]
        let output = operands.outputs[0]
        var scratch = operands.scratch
        if let mask {
            mask.run(operands.inputs[1], into: scratch)
            for index in 0..<count { scratch[index] = scratch[index] == 0 ? masked : source[index] }
            source = UnsafePointer(scratch)
            scratch += count
        }
        guard let gathering else {
            work(source, output, operands.workers)
            return
        }
        gathering.there.run(
            Operands(inputs: [source], outputs: [scratch], scratch: scratch, workers: operands.workers))
        work(UnsafePointer(scratch), scratch, operands.workers)
        gathering.back.run(
            Operands(inputs: [UnsafePointer(scratch)], outputs: [output], scratch: scratch, workers: operands.workers))
    }

    private func work(_ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ workers: Workers) {
        let (source, target) = (Shared(source), Shared(target))
        let (kind, length, inner) = (kind, length, inner)
        workers.ranges(outer * inner, .computing(count)) { range in
            for vector in range {
                let start = vector / inner * length * inner + vector % inner
                let (from, to) = (source.pointer + start, target.pointer + start)
                switch kind {
                case .softmax: Self.softmax(from, to, length, inner)
                case .logarithm: Self.logarithm(from, to, length, inner)
                case .sparsemax: Self.sparsemax(from, to, length, inner)
                }
            }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func softmax(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ length: Int, _ step: Int
    ) {
        var top = -T.infinity
        for index in 0..<length { top = max(top, source[index * step]) }
        var sum: T = 0
        if step == 1 {
            if UnsafePointer(target) != source { target.copy(source, length) }
            sum = T.exponentials(target, length, top: top)
        } else {
            for index in 0..<length {
                let power = T.exponential(source[index * step] - top)
                target[index * step] = power
                sum += power
            }
        }
        for index in 0..<length { target[index * step] /= sum }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func logarithm(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ length: Int, _ step: Int
    ) {
        var top = -T.infinity
        for index in 0..<length { top = max(top, source[index * step]) }
        var sum: T = 0
        for index in 0..<length { sum += T.exponential(source[index * step] - top) }
        let shift = T.logarithm(sum)
        for index in 0..<length { target[index * step] = source[index * step] - top - shift }
    }

    /// The threshold that Keras 3 computes; see `Activation`.
    private static func sparsemax(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ length: Int, _ step: Int
    ) {
        let sorted = (0..<length).map { source[$0 * step] }.sorted(by: >)
        var (sum, sums, count): (T, T, T) = (0, 0, 0)
        for (index, value) in sorted.enumerated() {
            sum += value
            guard value - (sum - 1) / T(index + 1) > 0 else { continue }
            sums += sum
            count += 1
        }
        let threshold = (sums - 1) / count
        for index in 0..<length { target[index * step] = max(source[index * step] - threshold, 0) }
    }
}
