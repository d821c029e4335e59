internal import Networks
internal import Tensors

/// x · scale + shift, whose scale and shift are constants or follow from parameters. Statistics are constants here: a
/// batch normalisation as it is in inference.
final class AffineOperation<N: Number>: Operation {
    private let source: Affine.Source
    private let rows: Int
    private let cells: Broadcast
    private var scales: [N] = []

    init(_ primitive: Affine, input: ValueShape) {
        source = primitive.source
        rows = input.rows
        let shape = input.extents.indices.map { primitive.axes.contains($0) ? input.extents[$0] : 1 }
        cells = Broadcast(shape, over: input.extents)
    }

    private func numbers(_ block: Block<N>) -> [N] { Array(UnsafeBufferPointer(start: block.base, count: block.count)) }

    private func spread(_ values: [Double], _ standard: Double) -> [N] {
        (0..<cells.count).map { N(values.count == cells.count ? values[$0] : values.first ?? standard) }
    }

    /// Scale and shift by cell.
    private func factors(_ parameters: [Block<N>]) throws -> (scale: [N], shift: [N]) {
        guard parameters.allSatisfy({ $0.count == cells.count }) else {
            throw SparsifyError(
                .malformed, "A scale of \(parameters.map(\.count)) numbers is applied to \(cells.count) cells.")
        }
        let zeros = [N](repeating: .zero, count: cells.count)
        switch source {
        case .constants(let scale, let shift): return (spread(scale, 1), spread(shift, 0))
        case .scale: return (numbers(parameters[0]), zeros)
        case .shift: return (zeros.map { _ in .one }, numbers(parameters[0]))
        case .meanAndVariance(let epsilon, let inverts):
            let mean = numbers(parameters[0])
            let deviation = numbers(parameters[1]).map { N.greater(N.squareRoot($0), N(epsilon)) }
            return inverts
                ? (deviation, mean) : (deviation.map { .one / $0 }, zip(mean, deviation).map { -($0 / $1) })
        case .batchStatistics(let hasGamma, let hasBeta, let epsilon):
            let inverse = numbers(parameters[parameters.count - 1]).map { N.one / N.squareRoot($0 + N(epsilon)) }
            let mean = numbers(parameters[parameters.count - 2])
            let scale = hasGamma ? zip(numbers(parameters[0]), inverse).map { $0 * $1 } : inverse
            let beta = hasBeta ? numbers(parameters[hasGamma ? 1 : 0]) : zeros
            return (scale, zip(beta, zip(mean, scale)).map { $0 - $1.0 * $1.1 })
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>] {
        let (scale, shift) = try factors(parameters)
        scales = scale
        let output = pool.block(inputs[0].count)
        for row in 0..<rows {
            let (from, to) = (inputs[0].base + row * cells.rowCount, output.base + row * cells.rowCount)
            cells.visit { to[$0] = from[$0] * scale[$1] + shift[$1] }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        parameterGradients(step)
        guard step.needsInput[0] else { return [nil] }
        return [scaled(step.gradient, pool)]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard step.parameterTangents.allSatisfy({ $0 == nil }), let given = step.inputTangents[0] else { return nil }
        return [scaled(given, pool)]
    }

    private func scaled(_ block: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = pool.block(block.count)
        for row in 0..<rows {
            let (from, to) = (block.base + row * cells.rowCount, result.base + row * cells.rowCount)
            cells.visit { to[$0] = from[$0] * scales[$1] }
        }
        return result
    }

    private func parameterGradients(_ step: BackwardStep<N>) {
        let gradient = step.gradient
        switch source {
        case .constants: break
        case .shift:
            if let target = step.parameterGradients[0] { cells.sum(gradient.base, rows: rows, into: target.base) }
        case .scale:
            if let target = step.parameterGradients[0] {
                addProducts(step.inputs[0].base, gradient.base, into: target.base)
            }
        case .meanAndVariance(let epsilon, let inverts): addStatistics(step, epsilon, inverts)
        case .batchStatistics(let hasGamma, let hasBeta, let epsilon):
            addNormalisation(step, hasGamma, hasBeta, epsilon)
        }
    }

    /// By cell, Σ g and Σ g · x.
    private func sums(_ step: BackwardStep<N>) -> (gradient: [N], product: [N]) {
        var gradients = [N](repeating: .zero, count: cells.count)
        var products = gradients
        gradients.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { cells.sum(step.gradient.base, rows: rows, into: base) }
        }
        products.withUnsafeMutableBufferPointer {
            if let base = $0.baseAddress { addProducts(step.inputs[0].base, step.gradient.base, into: base) }
        }
        return (gradients, products)
    }

    private func addNormalisation(_ step: BackwardStep<N>, _ hasGamma: Bool, _ hasBeta: Bool, _ epsilon: Double) {
        let last = step.parameters.count - 1
        let (mean, variance) = (step.parameters[last - 1].base, step.parameters[last].base)
        let (given, products) = sums(step)
        for cell in 0..<cells.count {
            let spread = variance[cell] + N(epsilon)
            let deviation = N.squareRoot(spread)
            let centred = products[cell] - mean[cell] * given[cell]
            if hasBeta { step.parameterGradients[hasGamma ? 1 : 0]?.base[cell] += given[cell] }
            if hasGamma { step.parameterGradients[0]?.base[cell] += centred / deviation }
            step.parameterGradients[last - 1]?.base[cell] += -(scales[cell] * given[cell])
            step.parameterGradients[last]?.base[cell] += N(-0.5) * scales[cell] * centred / spread
        }
    }

    private func addStatistics(_ step: BackwardStep<N>, _ epsilon: Double, _ inverts: Bool) {
        let (mean, variance) = (step.parameters[0].base, step.parameters[1].base)
        let (given, products) = sums(step)
        for cell in 0..<cells.count {
            step.parameterGradients[0]?.base[cell] += inverts ? given[cell] : -(scales[cell] * given[cell])
            let deviation = N.squareRoot(variance[cell])
            guard deviation.double > epsilon else { continue }
            let byDeviation =
                inverts ? products[cell] : -((products[cell] - mean[cell] * given[cell]) / (deviation * deviation))
            step.parameterGradients[1]?.base[cell] += byDeviation / (deviation + deviation)
        }
    }

    private func addProducts(
        _ values: UnsafeMutablePointer<N>, _ gradient: UnsafeMutablePointer<N>, into target: UnsafeMutablePointer<N>
    ) {
        for row in 0..<rows {
            let (from, given) = (values + row * cells.rowCount, gradient + row * cells.rowCount)
            cells.visit { target[$1] += from[$0] * given[$0] }
        }
    }
}
