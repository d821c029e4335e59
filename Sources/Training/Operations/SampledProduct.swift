internal import Tensors

/// A product whose weights are normally distributed, drawn where it comes out: y = x·θ + b + √(x²·σ² + ε) ∘ n with n from
/// the standard normal distribution, which has the right mean and variance in each element and a gradient of less noise than
/// drawn weights give (Kingma, Salimans, Welling 2015, local reparametrisation).
///
/// Parameters: those of the product, and the variances σ², shaped as the weights.
final class SampledProduct<N: Number>: Operation {
    private let mean: any Operation<N>
    private let variance: any Operation<N>
    private let noise: ProductNoise
    private let number: Int
    private var squares: Block<N>?
    /// √(x²·σ² + ε), and n.
    private var deviation: Block<N>?
    private var drawn: Block<N>?

    private static var epsilon: N { N(1e-8) }

    /// - Parameter number: the step's, by which its noise differs from others'.
    init(_ mean: any Operation<N>, _ variance: any Operation<N>, _ noise: ProductNoise, number: Int) {
        (self.mean, self.variance) = (mean, variance)
        (self.noise, self.number) = (noise, number)
    }

    @specialized(where N == Float)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>] {
        let means = try mean.forward(inputs, Array(parameters.dropLast()), pool)[0]
        guard let seed = noise.seed else { return [means] }
        let squares = pool.block(inputs[0].count)
        for index in 0..<squares.count { squares.base[index] = inputs[0].base[index] * inputs[0].base[index] }
        let variances = try variance.forward([squares], [parameters[parameters.count - 1]], pool)[0]
        let normals = pool.block(means.count)
        let (deviation, output) = (pool.block(means.count), pool.block(means.count))
        normals.drawNormals(seed: Chance.seed(seed, ofStep: number))
        for index in 0..<means.count {
            let spread = N.squareRoot(variances.base[index] + Self.epsilon)
            deviation.base[index] = spread
            output.base[index] = means.base[index] + spread * normals.base[index]
        }
        (self.squares, self.deviation, drawn) = (squares, deviation, normals)
        return [output]
    }

    @specialized(where N == Float)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        var ofMean = step
        ofMean.parameters.removeLast()
        ofMean.parameterGradients.removeLast()
        guard noise.seed != nil, let squares, let deviation, let drawn else { return mean.backward(ofMean, pool) }
        let slopes = pool.block(step.gradient.count)
        for index in 0..<slopes.count {
            slopes.base[index] =
                step.gradient.base[index] * drawn.base[index] / (deviation.base[index] + deviation.base[index])
        }
        let last = step.parameters.count - 1
        let found = variance.backward(
            BackwardStep(
                inputs: [squares], parameters: [step.parameters[last]], outputs: step.outputs, gradients: [slopes],
                needsInput: step.needsInput, parameterGradients: [step.parameterGradients[last]]), pool)
        let result = mean.backward(ofMean, pool)
        guard let bySquares = found[0], let byInput = result[0] else { return result }
        // What the product gave may be shared, so that it is not added to.
        let sum = pool.block(byInput.count)
        let input = step.inputs[0].base
        for index in 0..<sum.count {
            let value = bySquares.base[index] * input[index]
            sum.base[index] = byInput.base[index] + value + value
        }
        return [sum] + result.dropFirst()
    }
}
