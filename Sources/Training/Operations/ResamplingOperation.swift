internal import Networks
internal import Tensors

/// The spatial axes resized: each output a weighted sum of a few inputs; channels last.
final class ResamplingOperation<N: Number>: Operation {
    private let rows: Int
    private let channels: Int
    private let inputPositions: Int
    /// By output position, where its terms begin; one more at the end.
    private let starts: [Int]
    private let sources: [Int]
    private let weights: [N]

    init(_ primitive: Resampling, input: ValueShape, output: ValueShape) throws {
        let (source, target) = (input.split(.last), output.split(.last))
        rows = input.rows
        channels = source.channels
        inputPositions = source.spatial.reduce(1, *)
        var terms: [[(source: Int, weight: Double)]] = [[(0, 1)]]
        let distances = strides(source.spatial)
        for axis in source.spatial.indices {
            let taps = try primitive.taps(from: source.spatial[axis], to: target.spatial[axis])
            terms = terms.flatMap { given in
                taps.map { tap in
                    given.flatMap { term in
                        tap.weights.enumerated().map { offset, weight in
                            (term.source + (tap.start + offset) * distances[axis], term.weight * Double(weight))
                        }
                    }
                }
            }
        }
        var starts = [0]
        for list in terms { starts.append(starts[starts.count - 1] + list.count) }
        self.starts = starts
        sources = terms.flatMap { $0.map(\.source) }
        weights = terms.flatMap { $0.map { N($0.weight) } }
    }

    /// Calls `body` with the input position, the output position and the weight of each term.
    @inline(__always)
    private func forEach(_ body: (_ source: Int, _ place: Int, _ weight: N) -> Void) {
        let places = starts.count - 1
        for row in 0..<rows {
            for place in 0..<places {
                for term in starts[place]..<starts[place + 1] {
                    body(row * inputPositions + sources[term], row * places + place, weights[term])
                }
            }
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.zeros(rows * (starts.count - 1) * channels)
        forEach { source, place, weight in
            let (from, to) = (inputs[0].base + source * channels, output.base + place * channels)
            for channel in 0..<channels { to[channel] += from[channel] * weight }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.zeros(step.inputs[0].count)
        forEach { source, place, weight in
            let (to, given) = (result.base + source * channels, step.gradient.base + place * channels)
            for channel in 0..<channels { to[channel] += given[channel] * weight }
        }
        return [result]
    }
}
