internal import Networks
internal import Tensors

/// Normalisation of each example by statistics of its own; what follows of scale and shift is an `AffineKernel`.
struct StandardisationKernel<T: Scalar>: Kernel {
    private let moment: Standardisation.Moment
    private let epsilon: T
    private let sets: Int
    private let length: Int
    private let count: Int
    /// Brings each set together, and back; nil where it lies together already.
    private let gathering: (there: PermutationKernel<T>, back: PermutationKernel<T>)?
    private let affine: AffineKernel<T>?

    /// - Parameters:
    ///   - scale, shift: over the normalised axes, or over the channels where there are groups; nil: none.
    init(_ primitive: Standardisation, _ value: ValueLayout, scale: [Double]?, shift: [Double]?) throws {
        moment = primitive.moment
        epsilon = T(primitive.epsilon)
        count = value.count
        // With groups, the axis of channels becomes two: the group, and the place in it.
        var dimensions = value.dimensions
        var reduced = Set(primitive.axes.map { $0 + 1 })
        if let channelAxis = primitive.channelAxis {
            let axis = channelAxis + 1
            guard primitive.groups > 0, dimensions[axis] % primitive.groups == 0 else {
                throw SparsifyError(.malformed, "Channels do not divide into \(primitive.groups) groups.")
            }
            reduced = Set(reduced.map { $0 > axis ? $0 + 1 : $0 })
            reduced.remove(axis)
            reduced.insert(axis + 1)
            dimensions[axis] /= primitive.groups
            dimensions.insert(primitive.groups, at: axis)
        }
        let kept = dimensions.indices.filter { !reduced.contains($0) }
        let order = kept + dimensions.indices.filter { reduced.contains($0) }
        sets = kept.reduce(1) { $0 * dimensions[$1] }
        length = value.count / max(sets, 1)
        let there = PermutationKernel<T>(dimensions: dimensions, order: order)
        if there.isIdentity {
            gathering = nil
        } else {
            let back = dimensions.indices.map { order.firstIndex(of: $0)! }
            gathering = (there, PermutationKernel(dimensions: order.map { dimensions[$0] }, order: back))
        }
        if scale != nil || shift != nil {
            affine = try AffineKernel(
                value, axes: primitive.channelAxis.map { [$0] } ?? primitive.axes, scale: scale ?? [1],
                shift: shift ?? [0])
        } else {
            affine = nil
        }
    }

    var worksInPlace: Bool { true }
    var scratchCount: Int { gathering == nil ? 0 : count }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let output = operands.outputs[0]
        let workers = operands.workers
        if let gathering {
            let scratch = operands.scratch
            gathering.there.run(
                Operands(inputs: [operands.inputs[0]], outputs: [scratch], scratch: scratch, workers: workers))
            standardise(UnsafePointer(scratch), scratch, workers)
            gathering.back.run(
                Operands(inputs: [UnsafePointer(scratch)], outputs: [output], scratch: scratch, workers: workers))
        } else {
            standardise(operands.inputs[0], output, workers)
        }
        affine?.run(
            Operands(inputs: [UnsafePointer(output)], outputs: [output], scratch: operands.scratch, workers: workers))
    }

    private func standardise(_ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ workers: Workers) {
        let (source, target) = (Shared(source), Shared(target))
        let (length, moment, epsilon) = (length, moment, epsilon)
        workers.ranges(sets, .computing(count)) { range in
            for set in range {
                Self.set(source.pointer + set * length, target.pointer + set * length, length, moment, epsilon)
            }
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func set(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ length: Int,
        _ moment: Standardisation.Moment, _ epsilon: T
    ) {
        let count = T(length)
        let isCentred = moment == .variance || moment == .varianceUncentred
        let mean = isCentred ? sum(source, length) { $0 } / count : 0
        let squares = sum(source, length) { ($0 - mean) * ($0 - mean) }
        let factor =
            moment == .sumOfSquares
            ? 1 / max(squares, epsilon).squareRoot() : 1 / (squares / count + epsilon).squareRoot()
        let shift = moment == .variance ? mean : 0
        for index in 0..<length { target[index] = (source[index] - shift) * factor }
    }

    /// Eight sums side by side, so that they become vector code and errors stay small.
    @inline(__always)
    private static func sum(_ source: UnsafePointer<T>, _ length: Int, _ term: (T) -> T) -> T {
        var sums: (T, T, T, T, T, T, T, T) = (0, 0, 0, 0, 0, 0, 0, 0)
        var index = 0
        while index + 8 <= length {
            sums.0 += term(source[index])
            sums.1 += term(source[index + 1])
            sums.2 += term(source[index + 2])
            sums.3 += term(source[index + 3])
            sums.4 += term(source[index + 4])
            sums.5 += term(source[index + 5])
            sums.6 += term(source[index + 6])
            sums.7 += term(source[index + 7])
            index += 8
        }
        for rest in index..<length { sums.0 += term(source[rest]) }
        return ((sums.0 + sums.1) + (sums.2 + sums.3)) + ((sums.4 + sums.5) + (sums.6 + sums.7))
    }
}
