internal import Networks
internal import Tensors

/// Softmax, or its logarithm, of each vector along some axes; elements where a mask is zero are taken to be a constant.
final class SoftmaxOperation<N: Number>: Operation {
    private let isLogarithm: Bool
    private let rows: Int
    /// By element of a row, the vector it belongs to.
    private let vectors: [Int32]
    private let vectorCount: Int
    private let mask: Broadcast?
    private let maskedValue: N

    init(_ primitive: Activation, input: ValueShape, mask: ValueShape?) {
        isLogarithm = primitive.name == "log_softmax"
        rows = input.rows
        let axes = primitive.axes(count: input.extents.count)
        let kept = input.extents.indices.filter { !axes.contains($0) }
        var steps = [Int](repeating: 0, count: input.extents.count)
        for (axis, step) in zip(kept, strides(kept.map { input.extents[$0] })) { steps[axis] = step }
        vectors = IndexMap.map(input.extents, steps: steps, start: 0)
        vectorCount = kept.reduce(1) { $0 * input.extents[$1] }
        self.mask = mask.map { Broadcast($0.extents, over: input.extents) }
        maskedValue = N(primitive.number("masked_value") ?? -1e9)
    }

    private var rowCount: Int { vectors.count }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(rows * rowCount)
        output.copy(inputs[0].base)
        for row in 0..<rows {
            let to = output.base + row * rowCount
            if let mask {
                let given = inputs[1].base + row * mask.count
                mask.visit { if given[$1].double == 0 { to[$0] = maskedValue } }
            }
            var tops = [Double](repeating: -.infinity, count: vectorCount)
            for (index, vector) in vectors.enumerated() { tops[Int(vector)] = max(tops[Int(vector)], to[index].double) }
            var sums = [N](repeating: .zero, count: vectorCount)
            for (index, vector) in vectors.enumerated() {
                let vector = Int(vector)
                to[index] -= N(tops[vector])
                let power = N.exponential(to[index])
                sums[vector] += power
                if !isLogarithm { to[index] = power }
            }
            if isLogarithm { for vector in 0..<vectorCount { sums[vector] = N.logarithm(sums[vector]) } }
            for (index, vector) in vectors.enumerated() {
                to[index] = isLogarithm ? to[index] - sums[Int(vector)] : to[index] / sums[Int(vector)]
            }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.block(rows * rowCount)
        for row in 0..<rows {
            let start = row * rowCount
            let (y, given, to) = (step.outputs[0].base + start, step.gradient.base + start, result.base + start)
            var sums = [N](repeating: .zero, count: vectorCount)
            for (index, vector) in vectors.enumerated() {
                sums[Int(vector)] += isLogarithm ? given[index] : given[index] * y[index]
            }
            for (index, vector) in vectors.enumerated() {
                let sum = sums[Int(vector)]
                to[index] =
                    isLogarithm ? given[index] - N.exponential(y[index]) * sum : y[index] * (given[index] - sum)
            }
            if let mask {
                let kept = step.inputs[1].base + row * mask.count
                mask.visit { if kept[$1].double == 0 { to[$0] = .zero } }
            }
        }
        return [result] + step.inputs.dropFirst().map { _ in nil }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard !isLogarithm, let given = step.inputTangents[0] else { return nil }
        let result = pool.block(rows * rowCount)
        result.copy(given.base)
        for row in 0..<rows {
            let start = row * rowCount
            let (y, to) = (step.outputs[0].base + start, result.base + start)
            if let mask {
                let kept = step.inputs[1].base + row * mask.count
                mask.visit { if kept[$1].double == 0 { to[$0] = .zero } }
            }
            var sums = [N](repeating: .zero, count: vectorCount)
            for (index, vector) in vectors.enumerated() { sums[Int(vector)] += y[index] * to[index] }
            for (index, vector) in vectors.enumerated() { to[index] = y[index] * (to[index] - sums[Int(vector)]) }
        }
        return [result]
    }
}
