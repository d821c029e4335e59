internal import Networks
internal import Tensors

/// e^x over their sum along one axis, or the logarithm of that. Where a second input, broadcast over the first, is 0,
/// the element takes no part.
struct SoftmaxKernel<T: Scalar>: Kernel {
    private let outer: Int
    private let length: Int
    private let inner: Int
    private let isLogarithm: Bool
    private let mask: BroadcastCopy<T>?

    init(_ activation: Activation, _ value: ValueLayout, mask: ValueLayout?) throws {
        let axis = activation.arguments["axis"]?.integer ?? -1
        let position = axis < 0 ? axis + value.extents.count : axis - 1
        guard value.extents.indices.contains(position) else {
            throw SparsifyError(.malformed, "A softmax along axis \(axis) was given a value of shape \(value.extents).")
        }
        outer = value.dimensions[...position].reduce(1, *)
        length = value.extents[position]
        inner = value.extents[(position + 1)...].reduce(1, *)
        isLogarithm = activation.name == "log_softmax"
        self.mask = mask.map { BroadcastCopy(from: $0, to: value) }
    }

    var worksInPlace: Bool { true }
    var scratchCount: Int { mask?.count ?? 0 }

    func run(_ operands: Operands<T>) {
        let mask: UnsafePointer<T>? =
            mask.map {
                $0.run(operands.inputs[1], into: operands.scratch)
                return UnsafePointer(operands.scratch)
            }
        let source = Shared(operands.inputs[0])
        let target = Shared(operands.outputs[0])
        let shared = Shared(mask)
        let (length, inner, isLogarithm) = (length, inner, isLogarithm)
        operands.workers.ranges(outer * inner, work: outer * inner * length * 20) { range in
            for vector in range {
                let start = vector / inner * length * inner + vector % inner
                Self.vector(
                    source.pointer + start, target.pointer + start, shared.pointer.map { $0 + start }, length, inner,
                    isLogarithm)
            }
        }
    }

    /// What Keras adds where the mask is 0.
    private static var largeNegative: T { -1e9 }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func vector(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ mask: UnsafePointer<T>?, _ length: Int,
        _ step: Int, _ isLogarithm: Bool
    ) {
        guard length > 0 else { return }
        var top = -T.infinity
        for index in 0..<length {
            let place = index * step
            let value = mask.map { $0[place] == 0 ? source[place] + largeNegative : source[place] } ?? source[place]
            target[place] = value
            top = max(top, value)
        }
        var sum: T = 0
        for index in 0..<length {
            let power = T.exponential(target[index * step] - top)
            sum += power
            if !isLogarithm { target[index * step] = power }
        }
        if isLogarithm {
            let shift = top + T.logarithm(sum)
            for index in 0..<length { target[index * step] -= shift }
        } else {
            let factor = 1 / sum
            for index in 0..<length { target[index * step] *= factor }
        }
    }
}
