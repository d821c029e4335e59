internal import Networks

/// A convolution of each channel by itself; channels last.
final class DepthwiseConvolutionOperation<N: Number>: Operation {
    private let table: WindowTable
    private let rows: Int
    private let channels: Int
    private let multiplier: Int
    private let hasBias: Bool

    init(_ primitive: DepthwiseConvolution, input: ValueShape, output: ValueShape) throws {
        let (source, target) = (input.split(.last), output.split(.last))
        table = try WindowTable(primitive.window, input: source.spatial, output: target.spatial)
        rows = input.rows
        channels = source.channels
        multiplier = primitive.multiplier
        hasBias = primitive.hasBias
    }

    private var filters: Int { channels * multiplier }

    /// Calls `body` with the input position, the tap, and the place in all rows, of all that lie within the input.
    @inline(__always)
    private func forEach(_ body: (_ position: Int, _ tap: Int, _ place: Int) -> Void) {
        for row in 0..<rows {
            for place in 0..<table.places {
                for tap in 0..<table.taps {
                    let source = Int(table.sources[place * table.taps + tap])
                    if source >= 0 { body(row * table.inputPositions + source, tap, row * table.places + place) }
                }
            }
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = product(inputs[0], parameters[0], pool)
        if hasBias { addBias(parameters[1], to: output) }
        return [output]
    }

    private func addBias(_ bias: Block<N>, to output: Block<N>) {
        Broadcast([filters], over: [table.places, filters]).add(bias.base, to: output.base, rows: rows)
    }

    private func product(_ input: Block<N>, _ weights: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let output = pool.zeros(rows * table.places * filters)
        let (source, kernel) = (input.base, weights.base)
        forEach { position, tap, place in
            let (from, weights, to) = (
                source + position * channels, kernel + tap * filters, output.base + place * filters
            )
            if multiplier == 1 {
                for channel in 0..<channels { to[channel] += from[channel] * weights[channel] }
            } else {
                for filter in 0..<filters { to[filter] += from[filter / multiplier] * weights[filter] }
            }
        }
        return output
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        let output = step.kernelProduct(pool) { product($0, $1, pool) }
        if hasBias, let tangent = step.parameterTangents[1] { addBias(tangent, to: output) }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let gradient = step.gradient
        if hasBias, let target = step.parameterGradients[1] {
            Broadcast([filters], over: [table.places, filters]).sum(gradient.base, rows: rows, into: target.base)
        }
        let (source, kernel) = (step.inputs[0].base, step.parameters[0].base)
        if let target = step.parameterGradients[0] {
            forEach { position, tap, place in
                let (from, given, to) = (
                    source + position * channels, gradient.base + place * filters, target.base + tap * filters
                )
                for filter in 0..<filters { to[filter] += from[filter / multiplier] * given[filter] }
            }
        }
        guard step.needsInput[0] else { return [nil] }
        let result = pool.zeros(step.inputs[0].count)
        forEach { position, tap, place in
            let (weights, given, to) = (
                kernel + tap * filters, gradient.base + place * filters, result.base + position * channels
            )
            for filter in 0..<filters { to[filter / multiplier] += weights[filter] * given[filter] }
        }
        return [result]
    }
}
