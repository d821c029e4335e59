import Tensors
import Testing

@testable import Networks
@testable import Training

/// Products of normally distributed weights, drawn where they come out.
@Suite struct SampledProductTests {
    private static func block(_ values: [Double], _ pool: BlockPool<Double>) -> Block<Double> {
        let block = pool.block(values.count)
        for index in values.indices { block.base[index] = values[index] }
        return block
    }

    private struct Product {
        var primitive: Primitive
        var input: ValueShape
        var output: ValueShape
        var kernel: [Int]
        var bias: [Int]

        func operation(_ noise: ProductNoise) throws -> SampledProduct<Double> {
            let step = Step(primitive: primitive, inputs: [], parameters: [], outputs: [])
            let factory = OperationFactory<Double>(
                step: step, inputs: [input], outputs: [output], parameterShapes: [kernel, bias], layer: "")
            return SampledProduct(try factory.make(), try factory.makeVariance(), noise, number: 3)
        }
    }

    private static let products: [Product] = [
        Product(
            primitive: .contraction(Contraction(lastOf: 1, inputs: 3, units: 2, hasBias: true)),
            input: try! ValueShape(rows: 4, extents: [3]), output: try! ValueShape(rows: 4, extents: [2]),
            kernel: [3, 2], bias: [2]),
        Product(
            primitive: .convolution(
                Convolution(
                    window: Window(size: [2, 2], strides: [1, 1], padding: .valid), filters: 3, channels: .last,
                    hasBias: true)),
            input: try! ValueShape(rows: 2, extents: [3, 3, 2]), output: try! ValueShape(rows: 2, extents: [2, 2, 3]),
            kernel: [2, 2, 2, 3], bias: [3]),
        Product(
            primitive: .depthwiseConvolution(
                DepthwiseConvolution(
                    window: Window(size: [2, 2], strides: [1, 1], padding: .valid), multiplier: 1, channels: .first,
                    hasBias: true)),
            input: try! ValueShape(rows: 2, extents: [2, 3, 3]), output: try! ValueShape(rows: 2, extents: [2, 2, 2]),
            kernel: [2, 2, 2, 1], bias: [2]),
    ]

    private static func numbers(_ count: Int, _ generator: inout SplitMix64) -> [Double] {
        (0..<count).map { _ in generator.unit() - 0.5 }
    }

    private static func noise() throws -> ProductNoise {
        ProductNoise([], try ParameterTable(SmallNetwork.dense([2, 2], ending: "linear")))
    }

    /// By inputs, weights, bias and variances, against central differences with the noise held.
    @Test(arguments: products.indices) func gradients(number: Int) throws {
        let product = Self.products[number]
        let noise = try Self.noise()
        noise.seed = 9
        let operation = try product.operation(noise)
        let pool = BlockPool<Double>()
        var generator = SplitMix64(seed: 1)
        func count(_ shape: [Int]) -> Int { shape.reduce(1, *) }
        let vectors = [
            Self.numbers(product.input.rows * count(product.input.extents), &generator),
            Self.numbers(count(product.kernel), &generator), Self.numbers(count(product.bias), &generator),
            Self.numbers(count(product.kernel), &generator).map { 0.6 + $0 },
        ]
        let weights = Self.numbers(product.output.rows * count(product.output.extents), &generator)
        func forward(_ vectors: [[Double]]) throws -> (blocks: [Block<Double>], output: Block<Double>) {
            let blocks = vectors.map { Self.block($0, pool) }
            return (blocks, try operation.forward([blocks[0]], Array(blocks.dropFirst()), pool)[0])
        }
        func loss(_ vectors: [[Double]]) throws -> Double {
            let output = try forward(vectors).output
            return weights.indices.reduce(0) { $0 + weights[$1] * output.base[$1] }
        }
        let (blocks, output) = try forward(vectors)
        let gradients = vectors.dropFirst().map { pool.zeros($0.count) }
        let found = operation.backward(
            BackwardStep(
                inputs: [blocks[0]], parameters: Array(blocks.dropFirst()), outputs: [output],
                gradients: [Self.block(weights, pool)], needsInput: [true], parameterGradients: gradients), pool)
        for (which, gradient) in ([found[0]!] + gradients).enumerated() {
            for index in 0..<gradient.count {
                var (more, less) = (vectors, vectors)
                more[which][index] += 1e-5
                less[which][index] -= 1e-5
                let slope = try (loss(more) - loss(less)) / 2e-5
                #expect(abs(slope - gradient.base[index]) < 1e-7, "vector \(which), element \(index)")
            }
        }
    }

    /// Mean x·θ + b and variance x²·σ², over many seeds.
    @Test func meanAndVariance() throws {
        let noise = try Self.noise()
        let operation = try Self.products[0].operation(noise)
        let pool = BlockPool<Double>()
        let x = Self.block([1, -2, 0.5] + Array(repeating: 0, count: 9), pool)
        let parameters = [
            Self.block([0.1, 1, 0.2, 2, 0.3, 3], pool), Self.block([10, 20], pool),
            Self.block([0.1, 0.4, 0.2, 0.5, 0.3, 0.6], pool),
        ]
        var (sums, squares) = ([0.0, 0.0], [0.0, 0.0])
        for seed in 0..<4000 {
            noise.seed = UInt64(seed)
            let output = try operation.forward([x], parameters, pool)[0]
            for unit in 0..<2 {
                sums[unit] += output.base[unit]
                squares[unit] += output.base[unit] * output.base[unit]
            }
        }
        for (unit, (mean, variance)) in [(9.85, 0.975), (18.5, 2.55)].enumerated() {
            let found = sums[unit] / 4000
            #expect(abs(found - mean) < 4 * (variance / 4000).squareRoot())
            #expect(abs(squares[unit] / 4000 - found * found - variance) < 0.1 * variance)
        }
        noise.seed = nil
        let output = try operation.forward([x], parameters, pool)[0]
        #expect(abs(output.base[0] - 9.85) < 1e-12 && abs(output.base[1] - 18.5) < 1e-12)
    }

    @Test func whatIsNoProductIsRefused() throws {
        let step = Step(primitive: .gather(Gather(dimension: 2)), inputs: [], parameters: [], outputs: [])
        let shape = try ValueShape(rows: 1, extents: [1])
        let factory = OperationFactory<Float>(
            step: step, inputs: [shape], outputs: [shape], parameterShapes: [[2, 2]], layer: "")
        let error = #expect(throws: SparsifyError.self) { try factory.makeVariance() }
        #expect(error?.code == .unsupported)
    }
}
