import CVectorKernels
import Testing

@testable import Tensors
@testable import Training

/// Kernels of learned criteria against their closed forms in double precision.
@Suite struct LearningKernelTests {
    @Test(arguments: [1, 2, 17, 100_001]) func normalsAreNormal(count: Int) {
        var values = [Float](repeating: .nan, count: count)
        vk_normals(&values, count, 7)
        #expect(values.allSatisfy { abs($0) < 6 })
        var again = [Float](repeating: 0, count: count)
        vk_normals(&again, count, 7)
        #expect(values == again)
        vk_normals(&again, count, 8)
        #expect(values != again)
        guard count > 1000 else { return }
        func mean(_ power: Int) -> Double {
            values.reduce(0.0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * Double(value) } }
                / Double(count)
        }
        // Four standard deviations of each moment.
        #expect(abs(mean(1)) < 0.013 && abs(mean(2) - 1) < 0.018 && abs(mean(3)) < 0.05 && abs(mean(4) - 3) < 0.125)
        let neighbours = zip(values, values.dropFirst()).reduce(0) { $0 + Double($1.0) * Double($1.1) } / Double(count)
        #expect(abs(neighbours) < 0.013)
        // Φ(1) = 0.841345, Φ(2) = 0.977250
        #expect(abs(Double(values.count { $0 < 1 }) / Double(count) - 0.841345) < 0.005)
        #expect(abs(Double(values.count { $0 > -2 }) / Double(count) - 0.977250) < 0.002)
    }

    private static func divergence(_ mean: Double, _ logVariance: Double) -> Double {
        let logAlpha = min(8, max(-8, logVariance - Double.logarithm(mean * mean + 1e-8)))
        let gate = 1 / (1 + Double.exponential(-1.87320 - 1.48695 * logAlpha))
        return 0.63576 - 0.63576 * gate + 0.5 * Double.logarithmOnePlus(Double.exponential(-logAlpha))
    }

    @Test func theDivergenceAndItsSlopes() {
        var generator = SplitMix64(seed: 3)
        let means = (0..<53).map { _ in Float(generator.unit() - 0.5) }
        let variances = (0..<53).map { _ in Float(generator.unit() * 16 - 12) }
        var (byMean, byVariance) = ([Float](repeating: 0.25, count: 53), [Float](repeating: 0.5, count: 53))
        let sum = vk_variational(means, variances, &byMean, &byVariance, 53, 2)
        let expected = zip(means, variances).reduce(0) { $0 + Self.divergence(Double($1.0), Double($1.1)) }
        #expect(abs(sum - expected) < 1e-4 * expected)
        let h = 1e-5
        for index in 0..<53 {
            let (mean, variance) = (Double(means[index]), Double(variances[index]))
            // Where log α is clipped there is a kink.
            guard abs(abs(variance - Double.logarithm(mean * mean + 1e-8)) - 8) > 0.01 else { continue }
            let slope1 = (Self.divergence(mean + h, variance) - Self.divergence(mean - h, variance)) / (2 * h)
            let slope2 = (Self.divergence(mean, variance + h) - Self.divergence(mean, variance - h)) / (2 * h)
            #expect(abs(Double(byMean[index]) - (0.25 + 2 * slope1)) < 2e-3 * (1 + abs(slope1)))
            #expect(abs(Double(byVariance[index]) - (0.5 * Double.exponential(variance) + 2 * slope2)) < 1e-4)
        }
    }

    /// P(gate = 0), P(gate = 1) and the slope, by the distribution function of the concrete variable:
    /// P(s ≤ x) = σ(β log(x / (1 − x)) − log α).
    @Test(arguments: [-3.0, -0.5, 0, 2.2]) func gatesAreHardConcrete(logAlpha: Double) {
        let count = 200_000
        let parameters = [Float](repeating: Float(logAlpha), count: count)
        var (gates, slopes) = ([Float](repeating: .nan, count: count), [Float](repeating: .nan, count: count))
        vk_gates(parameters, &gates, &slopes, count, 11)
        #expect(zip(gates, slopes).allSatisfy { (0...1).contains($0) && $1 >= 0 && ($1 == 0 || 0 < $0 && $0 < 1) })
        func share(below x: Double) -> Double {
            1 / (1 + Double.exponential(logAlpha - 2.0 / 3 * Double.logarithm(x / (1 - x))))
        }
        #expect(abs(Double(gates.count { $0 == 0 }) / Double(count) - share(below: 0.1 / 1.2)) < 0.005)
        #expect(abs(Double(gates.count { $0 == 1 }) / Double(count) - (1 - share(below: 1.1 / 1.2))) < 0.005)
        let moved = parameters.map { $0 + 0.001 }
        var (others, unused) = (gates, slopes)
        vk_gates(moved, &others, &unused, count, 11)
        for index in stride(from: 0, to: count, by: 997) where slopes[index] > 0 && unused[index] > 0 {
            #expect(abs((others[index] - gates[index]) / 0.001 - slopes[index]) < 0.005)
        }
    }

    @Test func theNormOfGates() {
        let logAlpha: [Float] = [-4, -1, 0, 0.5, 3]
        let (slopes, sizes): ([Float], [Float]) = ([0, 0.5, 1, 0.25, 0], [1, 2, 3, 1, 10])
        var gradient: [Float] = [1, 2, 3, 4, 5]
        let norm = vk_gate_norm(logAlpha, slopes, sizes, &gradient, 5, 0.5)
        let open = logAlpha.map { 1 / (1 + Double.exponential(2.0 / 3 * Double.logarithm(0.1 / 1.1) - Double($0))) }
        #expect(abs(norm - zip(open, sizes).reduce(0) { $0 + $1.0 * Double($1.1) }) < 1e-5)
        for index in 0..<5 {
            let penalty = 0.5 * Double(sizes[index]) * open[index] * (1 - open[index])
            let expected = Double(index + 1) * Double(slopes[index]) + penalty
            #expect(abs(Double(gradient[index]) - expected) < 1e-5)
        }
    }
}
