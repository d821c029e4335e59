internal import Networks

/// A batch normalisation as it is in training: each channel by the mean and variance over the examples and positions of
/// the batch, y = γ (x − m) / √(v + ε) + β, with the gradient through both (Ioffe and Szegedy 2015).
final class BatchStandardisationOperation<N: Number>: Operation {
    private let rows: Int
    private let cells: Broadcast
    private let hasGamma: Bool
    private let hasBeta: Bool
    private let epsilon: N
    private var means: [N] = []
    private var factors: [N] = []

    /// Nil where the primitive does not take statistics of batches.
    init?(_ primitive: Affine, input: ValueShape) {
        guard case .batchStatistics(let hasGamma, let hasBeta, let epsilon) = primitive.source else { return nil }
        (self.hasGamma, self.hasBeta, self.epsilon) = (hasGamma, hasBeta, N(epsilon))
        rows = input.rows
        let shape = input.extents.indices.map { primitive.axes.contains($0) ? input.extents[$0] : 1 }
        cells = Broadcast(shape, over: input.extents)
    }

    /// Elements that a channel has in the batch.
    private var length: N { N(Double(max(rows * cells.rowCount / max(cells.count, 1), 1))) }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(inputs[0].count)
        means = [N](repeating: .zero, count: cells.count)
        eachRow { start in cells.visit { means[$1] += inputs[0].base[start + $0] } }
        for cell in means.indices { means[cell] = means[cell] / length }
        var squares = [N](repeating: .zero, count: cells.count)
        eachRow { start in
            cells.visit {
                let difference = inputs[0].base[start + $0] - means[$1]
                squares[$1] += difference * difference
            }
        }
        factors = squares.map { .one / N.squareRoot($0 / length + epsilon) }
        let scales = scales(parameters)
        let beta = hasBeta ? parameters[hasGamma ? 1 : 0].base : nil
        let shifts = means.indices.map { (beta?[$0] ?? .zero) - means[$0] * scales[$0] }
        eachRow { start in
            cells.visit { output.base[start + $0] = inputs[0].base[start + $0] * scales[$1] + shifts[$1] }
        }
        return [output]
    }

    private func scales(_ parameters: [Block<N>]) -> [N] {
        hasGamma ? factors.indices.map { factors[$0] * parameters[0].base[$0] } : factors
    }

    @inline(__always)
    private func eachRow(_ body: (_ start: Int) -> Void) {
        for row in 0..<rows { body(row * cells.rowCount) }
    }

    /// With x̂ = (x − m) / √(v + ε): dx = γ / √(v + ε) · (dy − mean dy − x̂ · mean (dy x̂)).
    @specialized(where N == Float)
    @specialized(where N == Double)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let (gradient, input) = (step.gradient.base, step.inputs[0].base)
        var sums = [N](repeating: .zero, count: cells.count)
        var products = sums
        let means = means
        eachRow { start in
            cells.visit {
                let given = gradient[start + $0]
                sums[$1] += given
                products[$1] += given * (input[start + $0] - means[$1])
            }
        }
        for cell in products.indices { products[cell] = products[cell] * factors[cell] }
        if hasGamma, let target = step.parameterGradients[0] {
            for cell in products.indices { target.base[cell] += products[cell] }
        }
        if hasBeta, let target = step.parameterGradients[hasGamma ? 1 : 0] {
            for cell in sums.indices { target.base[cell] += sums[cell] }
        }
        guard step.needsInput[0] else { return [nil] }
        let result = pool.block(step.gradient.count)
        let scales = scales(step.parameters)
        let parts = sums.indices.map { (sums[$0] / length, products[$0] * factors[$0] / length) }
        eachRow { start in
            cells.visit {
                let centred = input[start + $0] - means[$1]
                result.base[start + $0] = scales[$1] * (gradient[start + $0] - parts[$1].0 - centred * parts[$1].1)
            }
        }
        return [result]
    }
}
