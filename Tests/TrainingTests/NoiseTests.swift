import Tensors
import Testing

@testable import Networks
@testable import Training

/// Dropout and its kin: means and variances are those of Keras's layers, gradients those of what was drawn.
@Suite struct NoiseTests {
    private struct Run {
        var output: [Double]
        var gradient: [Double]
    }

    private func run(_ noise: Noise, _ input: [Double], rows: Int, extents: [Int], seed: UInt64?, number: Int = 1)
        throws -> Run
    {
        let chance = Chance()
        chance.seed = seed
        let pool = BlockPool<Double>()
        let operation = NoiseOperation<Double>(
            noise, input: try ValueShape(rows: rows, extents: extents), chance, number: number)
        let (given, slope) = (pool.block(input.count), pool.block(input.count))
        for index in input.indices { (given.base[index], slope.base[index]) = (input[index], Double(index + 1)) }
        let output = try operation.forward([given], [], pool)[0]
        let found = operation.backward(
            BackwardStep(
                inputs: [given], parameters: [], outputs: [output], gradients: [slope], needsInput: [true],
                parameterGradients: []), pool)[0]!
        func values(_ block: Block<Double>) -> [Double] { (0..<block.count).map { block.base[$0] } }
        return Run(output: values(output), gradient: values(found))
    }

    private static let kinds: [Noise] = [
        Noise(.dropout, amount: 0.3), Noise(.alphaDropout, amount: 0.3), Noise(.gaussianFactor, amount: 0.3),
        Noise(.gaussianTerm, amount: 0.3),
    ]

    @Test(arguments: kinds) func withoutASeedThereIsNone(noise: Noise) throws {
        let input = [0.5, -1, 2]
        let run = try run(noise, input, rows: 1, extents: [3], seed: nil)
        #expect(run.output == input)
        #expect(run.gradient == [1, 2, 3])
    }

    /// Of elements that are all 2: the mean stays, and the variance is what the layer's paper gives.
    @Test(arguments: zip(kinds, [4 * 0.3 / 0.7, 0, 4 * 0.3 / 0.7, 0.09]))
    func momentsAreRight(noise: Noise, variance: Double) throws {
        let count = 200_000
        let run = try run(noise, Array(repeating: 2, count: count), rows: count, extents: [1], seed: 5)
        let mean = run.output.reduce(0, +) / Double(count)
        let spread = run.output.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
        guard noise.kind == .alphaDropout else {
            #expect(abs(mean - 2) < 0.02)
            #expect(abs(spread - variance) < 0.02 * max(variance, 1))
            return
        }
        // Numbers of mean 0 and variance 1 stay so.
        var generator = SplitMix64(seed: 3)
        let normals = (0..<count).map { _ in (0..<12).reduce(-6.0) { sum, _ in sum + generator.unit() } }
        let given = try self.run(noise, normals, rows: count, extents: [1], seed: 5).output
        let average = given.reduce(0, +) / Double(count)
        let width = given.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count)
        #expect(abs(average) < 0.02)
        #expect(abs(width - 1) < 0.02)
    }

    @Test(arguments: kinds) func theGradientIsADifference(noise: Noise) throws {
        let input = [0.5, -1, 2, 0.25, -3, 1]
        let slopes = try run(noise, input, rows: 2, extents: [3], seed: 7).gradient
        for index in input.indices {
            var (more, less) = (input, input)
            more[index] += 0.5
            less[index] -= 0.5
            let above = try run(noise, more, rows: 2, extents: [3], seed: 7).output[index]
            let below = try run(noise, less, rows: 2, extents: [3], seed: 7).output[index]
            #expect(abs((above - below) * Double(index + 1) - slopes[index]) < 1e-12)
        }
    }

    @Test func axesShareTheirFate() throws {
        let ones = [Double](repeating: 1, count: 4 * 5 * 6)
        let spatial = try run(Noise(.dropout, amount: 0.5, sharedAxes: [1]), ones, rows: 4, extents: [5, 6], seed: 9)
            .output
        for row in 0..<4 {
            for channel in 0..<6 {
                let fates = Set((0..<5).map { spatial[(row * 5 + $0) * 6 + channel] })
                #expect(fates.count == 1)
            }
        }
        #expect(Set(spatial) == [0, 2])
    }

    @Test func seedsAndStepsDiffer() throws {
        let ones = [Double](repeating: 1, count: 64)
        func fates(_ seed: UInt64, _ number: Int) throws -> [Double] {
            try run(Noise(.dropout, amount: 0.5), ones, rows: 64, extents: [1], seed: seed, number: number).output
        }
        #expect(try fates(1, 1) == fates(1, 1))
        #expect(try fates(1, 1) != fates(2, 1))
        #expect(try fates(1, 1) != fates(1, 2))
    }

    /// Behind the first layer, as a Keras model has it: the trainer draws anew in each step, and validation sees none of it.
    @Test(arguments: [1, 2]) func trainingDraws(threads: Int) throws {
        let config = """
            {"class_name": "Sequential", "config": {"name": "m", "layers": [
            {"class_name": "Dense", "config": {"name": "a", "units": 8, "activation": "relu", "batch_input_shape": [null, 3]}},
            {"class_name": "Dropout", "config": {"name": "drop", "rate": 0.5}},
            {"class_name": "Dense", "config": {"name": "b", "units": 2, "activation": "softmax"}}]}}
            """
        let plain = try Network(kerasConfig: config)
        let noisy = try Network(kerasConfig: config, keepsNoise: true)
        #expect(plain.program.steps.count + 1 == noisy.program.steps.count)
        #expect(try ParameterTable(plain).entries == ParameterTable(noisy).entries)
        var generator = SplitMix64(seed: 1)
        let start = (0..<50).map { _ in Float(generator.unit() - 0.5) }
        let inputs = (0..<200 * 3).map { _ in Float(generator.unit()) }
        let examples = try Examples(
            count: 200, extents: [[3]], inputs: [inputs], labels: .classes((0..<200).map { Int32($0 % 2) }))
        func trained(_ network: Network, seed: UInt64) throws -> [Float] {
            var options = TrainerOptions()
            (options.batch, options.epochs, options.seed, options.threads) = (200, 3, seed, threads)
            let trainer = try Trainer(
                network, Array(start.prefix(ParameterTable(network).count)), examples, options: options)
            while !trainer.isDone { try trainer.advance() }
            return trainer.parameters()
        }
        #expect(try trained(noisy, seed: 1) == trained(noisy, seed: 1))
        #expect(try trained(noisy, seed: 1) != trained(plain, seed: 1))
        #expect(try trained(noisy, seed: 1) != trained(noisy, seed: 2))
    }
}
