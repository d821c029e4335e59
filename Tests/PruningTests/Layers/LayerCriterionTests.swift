import LinearAlgebra
import Tensors
import Testing

@testable import Pruning

/// Layer-wise criteria on problems at random, against definitions.
@Suite struct LayerCriterionTests {
    static func problem(_ outputs: Int, _ inputs: Int, samples: Int = 50, seed: UInt64 = 1) -> LayerProblem {
        var generator = SplitMix64(seed: seed)
        func noise(_ count: Int) -> [Double] {
            (0..<count).map { _ in Double(generator.next(below: 20_001)) / 10_000 - 1 }
        }
        // Inputs that have something in common, so that some can make up for others.
        let mixing = noise(inputs * inputs)
        let raw = noise(samples * inputs)
        var rows = [Double](repeating: 0, count: samples * inputs)
        Double.multiply(MatrixProduct(rows: samples, columns: inputs, depth: inputs), raw, mixing, &rows)
        var gram = SymmetricMatrix(order: inputs)
        rows.withUnsafeBufferPointer { gram.addOuterProducts($0) }
        return LayerProblem(outputs: outputs, inputs: inputs, weights: noise(outputs * inputs), gram: gram)
    }

    static let criteria: [any LayerCriterion] = [
        LayerMagnitude(), Wanda(), LayerOBS(exactLimit: .infinity), LayerOBS(exactLimit: 0),
    ]

    @Test(arguments: criteria.indices, [0, 1, 7, 60, 131, 143, 144])
    func countsAreExact(index: Int, zeros: Int) throws {
        let problems = [Self.problem(6, 12), Self.problem(6, 12, seed: 2)]
        let result = try Self.criteria[index].prune(problems, .zeros(zeros), threads: 2)
        #expect(result.kept.joined().count { !$0 } == zeros)
        for (kept, weights) in zip(result.kept, result.weights) {
            #expect(zip(kept, weights).allSatisfy { $0 || $1 == 0 })
        }
        #expect(try Self.criteria[index].prune(problems, .zeros(zeros), threads: 1).weights == result.weights)
        if zeros == 0 { #expect(result.weights == problems.map(\.weights)) }
    }

    @Test(arguments: criteria.indices, [(2, 4), (1, 4), (1, 2), (3, 5)])
    func patternsHold(index: Int, pattern: (Int, Int)) throws {
        let pattern = try GroupPattern(kept: pattern.0, length: pattern.1)
        let problem = Self.problem(3, 14)
        let result = try Self.criteria[index].prune([problem], .pattern(pattern), threads: 1)
        for row in 0..<3 {
            for start in stride(from: 0, to: 14, by: pattern.length) {
                let group = start..<min(start + pattern.length, 14)
                let zeros = group.count { !result.kept[0][row * 14 + $0] }
                #expect(zeros == group.count * (pattern.length - pattern.kept) / pattern.length)
            }
        }
        #expect(result.kept[0].count { !$0 } == 3 * pattern.zeros(ofInputs: 14))
    }

    @Test(arguments: ["", "2", "4:2", "0:4", "2:2", "-1:4", "2:4:8", "a:b", "2:2000"])
    func patternsThatAreNone(text: String) {
        #expect { try GroupPattern(text) } throws: { ($0 as? SparsifyError)?.code == .usage }
    }

    @Test func wandaByHand() {
        // ‖x‖ of 1, 10 and 3: scores of the first row are 5, 20, 12, of the second 3, 10, 9.
        let gram = SymmetricMatrix(order: 3, elements: [1, 0, 0, 0, 100, 0, 0, 0, 9])
        let problem = LayerProblem(outputs: 2, inputs: 3, weights: [5, -2, 4, 3, 1, -3], gram: gram)
        let result = Wanda().prune([problem], .zeros(2), threads: 1)
        #expect(result.weights == [[0, -2, 4, 0, 1, -3]])
        // 25 · 1 and 9 · 1 of (25 + 400 + 144) + (9 + 100 + 81).
        #expect(abs(result.error([problem]) - 34.0 / 759) < 1e-12)
        #expect(Wanda().prune([problem], .zeros(3), threads: 1).weights == [[0, -2, 4, 0, 1, 0]])
    }

    /// With independent inputs nothing can be made up for: the lowest w² · H_qq goes.
    @Test(arguments: [Double.infinity, 0])
    func independentInputs(exactLimit: Double) throws {
        let gram = SymmetricMatrix(order: 3, elements: [1, 0, 0, 0, 100, 0, 0, 0, 9])
        let problem = LayerProblem(outputs: 1, inputs: 3, weights: [5, -2, 3], gram: gram)
        let result = try LayerOBS(damping: 0, exactLimit: exactLimit).prune([problem], .zeros(1), threads: 1)
        #expect(zip(result.weights[0], [0, -2, 3]).allSatisfy { abs($0 - $1) < 1e-12 })
        #expect(result.damping == 0)
    }

    /// Two inputs that are always the same: one weight takes over what the other did, and nothing is lost.
    @Test(arguments: [Double.infinity, 0])
    func equalInputsTakeOver(exactLimit: Double) throws {
        let problem = LayerProblem(
            outputs: 1, inputs: 2, weights: [1, 2], gram: SymmetricMatrix(order: 2, elements: [4, 4, 4, 4]))
        let result = try LayerOBS(damping: 1e-6, exactLimit: exactLimit).prune([problem], .zeros(1), threads: 1)
        #expect(result.kept == [[false, true]])
        #expect(abs(result.weights[0][1] - 3) < 1e-4)
        #expect(result.error([problem]) < 1e-9)
        #expect((result.damping ?? 0) > 0)
    }

    /// The first weight to go is that whose best replacement costs least, found by trying all.
    @Test(arguments: 1...5)
    func theFirstStepIsTheBest(seed: Int) throws {
        let problem = Self.problem(1, 8, seed: UInt64(seed))
        let result = try LayerOBS(damping: 0).prune([problem], .zeros(1), threads: 1)
        let errors = try (0..<8).map { position in
            problem.error(
                of: try KeptWeights.solve(problem.weights, pruned: [position], gram: problem.gram, damping: 0))
        }
        let best = try #require(errors.indices.min { errors[$0] < errors[$1] })
        #expect(result.kept[0].firstIndex(of: false) == best)
        #expect(abs(problem.error(of: result.weights[0]) - errors[best]) < 1e-9 * problem.energy)
    }

    /// What an exact solution leaves is a minimum: no kept weight can be moved for the better.
    @Test func keptWeightsAreOptimal() throws {
        let problem = Self.problem(4, 10)
        let result = try LayerOBS(damping: 0).prune([problem], .zeros(22), threads: 1)
        let error = problem.error(of: result.weights[0])
        for position in result.weights[0].indices where result.kept[0][position] {
            for step in [1e-3, -1e-3] {
                var moved = result.weights[0]
                moved[position] += step
                #expect(problem.error(of: moved) > error)
            }
        }
        #expect(error < problem.error(of: LayerMagnitude().prune([problem], .zeros(22), threads: 1).weights[0]))
    }

    @Test(arguments: 1...4, [100, 400])
    func blocksAreBetterThanMagnitude(seed: Int, zeros: Int) throws {
        // More than one block of columns.
        let problem = Self.problem(4, 150, samples: 400, seed: UInt64(seed))
        let blocked = try LayerOBS(exactLimit: 0).prune([problem], .zeros(zeros), threads: 1)
        let magnitude = LayerMagnitude().prune([problem], .zeros(zeros), threads: 1)
        #expect(blocked.error([problem]) < magnitude.error([problem]))
    }

    @Test func fewSamplesAreDampedAndNumbersThatAreNoneRefused() throws {
        let few = Self.problem(2, 20, samples: 3)
        let result = try LayerOBS().prune([few], .zeros(20), threads: 1)
        #expect((result.damping ?? 0) > 0)
        // Without damping the matrix is singular; what is added instead is said.
        #expect(try #require(LayerOBS(damping: 0).prune([few], .zeros(20), threads: 1).damping) > 0)
        var gram = few.gram
        gram[3, 3] = .nan
        let broken = LayerProblem(outputs: 2, inputs: 20, weights: few.weights, gram: gram)
        #expect { try LayerOBS().prune([broken], .zeros(20), threads: 1) } throws: {
            ($0 as? SparsifyError)?.code == .numerical
        }
        gram[3, 3] = -1e9
        let indefinite = LayerProblem(outputs: 2, inputs: 20, weights: few.weights, gram: gram)
        #expect { try LayerOBS().prune([indefinite], .zeros(20), threads: 1) } throws: {
            ($0 as? SparsifyError)?.code == .numerical && "\($0)".contains("positive definite")
        }
    }

    @Test func sharesAddUp() {
        for (total, parts) in [(0, 3), (10, 3), (7, 7), (100, 7), (5, 9)] {
            let steps = (0..<parts).map { Share.of(total, $0 + 1, parts) - Share.of(total, $0, parts) }
            #expect(steps.reduce(0, +) == total)
            #expect(steps.max()! - steps.min()! <= 1)
        }
    }
}
