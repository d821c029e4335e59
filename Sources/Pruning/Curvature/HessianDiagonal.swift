internal import Tensors

/// The diagonal of the Hessian of the mean loss, from products with it.
public enum HessianDiagonal {
    /// Weights for which the diagonal is worked out element by element.
    public static let exactLimit = 2048

    /// One product for each weight.
    static func exact(_ weights: [Float], _ loss: any PrunableLoss) throws -> [Float] {
        let examples = Array(0..<loss.exampleCount)
        var direction = [Float](repeating: 0, count: weights.count)
        return try weights.indices.map { index in
            direction[index] = 1
            defer { direction[index] = 0 }
            return try loss.hessianProduct(weights, direction, examples: examples)[index]
        }
    }

    /// The mean of z ⊙ Hz over vectors z of signs at random (Hutchinson 1990; Bekas, Kokiopoulou and Saad 2007): unbiased,
    /// with a variance of Σ_{j≠i} H_ij² over the number of probes.
    static func estimate(_ weights: [Float], _ loss: any PrunableLoss, probes: Int, seed: UInt64) throws -> [Float] {
        let examples = Array(0..<loss.exampleCount)
        var generator = SplitMix64(seed: seed)
        var sums = [Double](repeating: 0, count: weights.count)
        for _ in 0..<max(probes, 1) {
            let signs = weights.map { _ in generator.next() >> 63 == 0 ? Float(1) : -1 }
            let image = try loss.hessianProduct(weights, signs, examples: examples)
            for index in sums.indices { sums[index] += Double(signs[index] * image[index]) }
        }
        return sums.map { Float($0 / Double(max(probes, 1))) }
    }
}
