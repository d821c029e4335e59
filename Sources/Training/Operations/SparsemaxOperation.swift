internal import Networks
internal import Tensors

/// max(x − τ, 0) of each vector along an axis, with Keras's τ: see `Activation`. It is linear where the order of elements and
/// what τ counts stay the same, with ∂τ/∂x of an element the share of the sums in τ that it is part of.
final class SparsemaxOperation<N: Number>: Operation {
    private let rows: Int
    private let rowCount: Int
    /// Positions in a row of the elements of each vector.
    private let vectors: [[Int]]
    /// ∂τ/∂x of each element, at the values that were given last.
    private var shares: [N] = []

    init(_ primitive: Activation, input: ValueShape) {
        rows = input.rows
        rowCount = input.rowCount
        let axes = primitive.axes(count: input.extents.count)
        let kept = input.extents.indices.filter { !axes.contains($0) }
        var steps = [Int](repeating: 0, count: input.extents.count)
        for (axis, step) in zip(kept, strides(kept.map { input.extents[$0] })) { steps[axis] = step }
        var vectors = [[Int]](repeating: [], count: kept.reduce(1) { $0 * input.extents[$1] })
        for (index, vector) in IndexMap.map(input.extents, steps: steps, start: 0).enumerated() {
            vectors[Int(vector)].append(index)
        }
        self.vectors = vectors
    }

    /// Calls `body` with the places of each vector in a block.
    private func forEach(_ body: (_ places: [Int]) -> Void) {
        for row in 0..<rows { for vector in vectors { body(vector.map { row * rowCount + $0 }) } }
    }

    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(rows * rowCount)
        let x = inputs[0].base
        shares = Array(repeating: .zero, count: output.count)
        forEach { places in
            let sorted = places.sorted { x[$1] < x[$0] }
            var (sum, sums, count) = (N.zero, N.zero, 0)
            var countedBefore: [Int] = []
            for (index, place) in sorted.enumerated() {
                sum += x[place]
                countedBefore.append(count)
                guard x[place] > (sum - .one) / N(Double(index + 1)) else { continue }
                sums += sum
                count += 1
            }
            let threshold = (sums - .one) / N(Double(count))
            for (place, before) in zip(sorted, countedBefore) {
                shares[place] = N(Double(count - before) / Double(count))
                output.base[place] = N.greater(x[place] - threshold, .zero)
            }
        }
        return [output]
    }

    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.block(rows * rowCount)
        let (y, given) = (step.outputs[0].base, step.gradient.base)
        forEach { places in
            var sum = N.zero
            for place in places where y[place] > .zero { sum += given[place] }
            for place in places { result.base[place] = (y[place] > .zero ? given[place] : .zero) - shares[place] * sum }
        }
        return [result]
    }

    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard let given = step.inputTangents[0]?.base else { return nil }
        let result = pool.block(rows * rowCount)
        let y = step.outputs[0].base
        forEach { places in
            var threshold = N.zero
            for place in places { threshold += shares[place] * given[place] }
            for place in places { result.base[place] = y[place] > .zero ? given[place] - threshold : .zero }
        }
        return [result]
    }
}
