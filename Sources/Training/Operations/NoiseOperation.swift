internal import Networks
internal import Tensors

/// y = factor ∘ x + term, with factors and terms drawn for each batch.
final class NoiseOperation<N: Number>: Operation {
    private let primitive: Noise
    private let chance: Chance
    private let number: Int
    /// How many elements have a draw of their own.
    private let drawCount: Int
    /// For each element its draw; nil: its own.
    private let draws: [Int]?
    private var factors: Block<N>?

    /// The least value of a SELU, −λα.
    private static var floor: Double { -1.7580993408473766 }

    /// - Parameter number: the step's, by which its noise differs from others'.
    init(_ primitive: Noise, input: ValueShape, _ chance: Chance, number: Int) {
        (self.primitive, self.chance, self.number) = (primitive, chance, number)
        let dimensions = input.dimensions
        let shared = Set(primitive.sharedAxes.filter { $0 < dimensions.count })
        guard !shared.isEmpty else {
            (drawCount, draws) = (input.count, nil)
            return
        }
        let kept = dimensions.enumerated().map { shared.contains($0) ? 1 : $1 }
        let steps = strides(kept)
        var draws = [0]
        for (axis, extent) in dimensions.enumerated() {
            let step = shared.contains(axis) ? 0 : steps[axis]
            draws = draws.flatMap { start in (0..<extent).map { start + $0 * step } }
        }
        (drawCount, self.draws) = (kept.reduce(1, *), draws)
    }

    @specialized(where N == Float)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>] {
        factors = nil
        guard let seed = chance.seed(ofStep: number) else { return inputs }
        let input = inputs[0]
        let drawn = spread(draw(seed, pool), pool)
        let output = pool.block(input.count)
        let rate = primitive.amount
        switch primitive.kind {
        case .gaussianTerm:
            let deviation = N(rate)
            for index in 0..<input.count { output.base[index] = input.base[index] + deviation * drawn.base[index] }
            return [output]
        case .gaussianFactor:
            let deviation = N((rate / (1 - rate)).squareRoot())
            for index in 0..<drawn.count { drawn.base[index] = N(1) + deviation * drawn.base[index] }
        case .dropout:
            let scale = N(1 / (1 - rate))
            for index in 0..<drawn.count { drawn.base[index] = drawn.base[index] * scale }
        case .alphaDropout:
            let a = 1 / ((1 - rate) * (1 + rate * Self.floor * Self.floor)).squareRoot()
            let (scale, dropped, shift) = (N(a), N(a * Self.floor), N(-a * Self.floor * rate))
            for index in 0..<input.count {
                let kept = drawn.base[index]
                drawn.base[index] = kept * scale
                output.base[index] = drawn.base[index] * input.base[index] + (N(1) - kept) * dropped + shift
            }
            factors = drawn
            return [output]
        }
        for index in 0..<input.count { output.base[index] = drawn.base[index] * input.base[index] }
        factors = drawn
        return [output]
    }

    private func draw(_ seed: UInt64, _ pool: BlockPool<N>) -> Block<N> {
        let drawn = pool.block(drawCount)
        switch primitive.kind {
        case .dropout, .alphaDropout: drawn.drawKept(dropping: primitive.amount, seed: seed)
        case .gaussianFactor, .gaussianTerm: drawn.drawNormals(seed: seed)
        }
        return drawn
    }

    private func spread(_ drawn: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        guard let draws else { return drawn }
        let result = pool.block(draws.count)
        for (index, draw) in draws.enumerated() { result.base[index] = drawn.base[draw] }
        return result
    }

    @specialized(where N == Float)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        guard let factors else { return [step.gradient] }
        let result = pool.block(step.gradient.count)
        for index in 0..<result.count { result.base[index] = factors.base[index] * step.gradient.base[index] }
        return [result]
    }
}
