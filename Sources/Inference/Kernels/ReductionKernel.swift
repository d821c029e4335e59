internal import Networks
internal import Tensors

/// The largest, the mean, … of the elements along some axes.
struct ReductionKernel<T: Scalar>: Kernel {
    private let kind: Reduction.Kind
    private let outer: Int
    private let length: Int
    private let inner: Int
    private let count: Int
    /// Brings the axes together; nil where they are neighbours.
    private let gathering: PermutationKernel<T>?
    private let mask: BroadcastCopy<T>?

    init(_ primitive: Reduction, _ value: ValueLayout, mask: ValueLayout?) {
        kind = primitive.kind
        count = value.count
        let dimensions = value.dimensions
        let axes = primitive.axes.map { $0 + 1 }.sorted()
        length = axes.reduce(1) { $0 * dimensions[$1] }
        if let first = axes.first, axes == Array(first..<first + axes.count) {
            gathering = nil
            outer = dimensions[..<first].reduce(1, *)
            inner = dimensions[(first + axes.count)...].reduce(1, *)
        } else {
            let kept = dimensions.indices.filter { !axes.contains($0) }
            gathering = PermutationKernel(dimensions: dimensions, order: kept + axes)
            outer = kept.reduce(1) { $0 * dimensions[$1] }
            inner = 1
        }
        self.mask = mask.map { BroadcastCopy(from: $0, to: value) }
    }

    var scratchCount: Int { (gathering == nil ? 0 : count) + (mask == nil ? 0 : 2 * count) }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        var source = operands.inputs[0]
        var weights: UnsafePointer<T>?
        var scratch = operands.scratch
        if let mask {
            mask.run(operands.inputs[1], into: scratch)
            weights = UnsafePointer(scratch)
            scratch += count
        }
        if let gathering {
            func gather(_ from: UnsafePointer<T>) -> UnsafePointer<T> {
                gathering.run(
                    Operands(inputs: [from], outputs: [scratch], scratch: scratch, workers: operands.workers))
                defer { scratch += count }
                return UnsafePointer(scratch)
            }
            source = gather(source)
            weights = weights.map(gather)
        }
        let (from, to, mask) = (Shared(source), Shared(operands.outputs[0]), Shared(weights))
        let (kind, length, inner) = (kind, length, inner)
        operands.workers.ranges(outer, .moving(count)) { range in
            for row in range {
                let offset = row * length * inner
                Self.reduce(
                    kind, from.pointer + offset, mask.pointer.map { $0 + offset }, to.pointer + row * inner, length,
                    inner)
            }
        }
    }

    /// The position of the first largest or smallest element.
    private static func position(
        _ isMaximum: Bool, _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ length: Int, _ inner: Int
    ) {
        for index in 0..<inner {
            var best = 0
            for row in 0..<length {
                let (value, top) = (source[row * inner + index], source[best * inner + index])
                if isMaximum ? value > top : value < top { best = row }
            }
            target[index] = T(best)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func reduce(
        _ kind: Reduction.Kind, _ source: UnsafePointer<T>, _ mask: UnsafePointer<T>?,
        _ target: UnsafeMutablePointer<T>, _ length: Int, _ inner: Int
    ) {
        if kind == .maximumIndex || kind == .minimumIndex {
            return position(kind == .maximumIndex, source, target, length, inner)
        }
        let start: T =
            switch kind {
            case .maximum: -.infinity
            case .minimum: .infinity
            case .product: 1
            default: 0
            }
        target.fill(start, inner)
        for row in 0..<length {
            let values = source + row * inner
            if let mask {
                let weights = mask + row * inner
                for index in 0..<inner { join(kind, &target[index], weights[index] != 0 ? values[index] : 0) }
                continue
            }
            switch kind {
            case .average, .sum:
                T.add(UnsafePointer(target), values, target, inner, low: -.infinity, high: .infinity)
            case .maximum: T.maximum(values, target, inner)
            default: for index in 0..<inner { join(kind, &target[index], values[index]) }
            }
        }
        guard kind == .average else { return }
        for index in 0..<inner {
            var terms = T(length)
            if let mask {
                terms = 0
                for row in 0..<length { terms += mask[row * inner + index] != 0 ? 1 : 0 }
            }
            target[index] /= terms
        }
    }

    @inline(__always)
    private static func join(_ kind: Reduction.Kind, _ sum: inout T, _ value: T) {
        switch kind {
        case .average, .sum: sum += value
        case .product: sum *= value
        case .maximum: sum = max(sum, value)
        case .minimum: sum = min(sum, value)
        case .maximumIndex, .minimumIndex: break
        }
    }
}
