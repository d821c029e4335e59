internal import Tensors

/// Optimal brain damage (LeCun, Denker and Solla 1990): with the Hessian's diagonal h alone, the loss changes by ½ h w² where
/// w is removed, and by −g · w besides where the weights are not at a critical point. The score is that change; where it is
/// negative (h is not positive, or the loss would fall), zero.
///
/// Costs the gradients of m single examples for the Fisher diagonal; for the Hessian's, two gradients' worth for each
/// product: one for each weight where it is exact, one for each probe where it is estimated.
public struct OptimalBrainDamage: Sendable {
    public enum Diagonal: String, Sendable, Hashable, CaseIterable {
        /// The mean of g² over single examples.
        case fisher
        /// That of the Hessian itself: exact for up to `HessianDiagonal.exactLimit` weights, else estimated.
        case hessian
    }

    public var diagonal: Diagonal
    public var firstOrder: Bool
    /// Products with the Hessian for an estimate of its diagonal.
    public var probes: Int
    /// Examples that the curvature and the gradient are taken over.
    public var samples: Int
    public var seed: UInt64
    /// What is added to each element of the diagonal, as a share of their mean: far from a minimum the diagonal of a weight
    /// that no example uses says too little.
    public var damping: Double
    /// Whether the Fisher diagonal is that of the true labels, and not of labels drawn from the model.
    public var isEmpirical: Bool

    public init(
        diagonal: Diagonal, firstOrder: Bool, probes: Int = 64, samples: Int = 4096, damping: Double = 0,
        isEmpirical: Bool = false, seed: UInt64 = 0
    ) {
        self.diagonal = diagonal
        self.firstOrder = firstOrder
        self.probes = probes
        self.samples = samples
        self.damping = damping
        self.isEmpirical = isEmpirical
        self.seed = seed
    }

    public struct Evidence: Sendable {
        /// With the damping.
        public var diagonal: [Float]
        public var damping: Double
        /// Zeros where the first order takes no part.
        public var gradient: [Float]
        /// How many elements of the diagonal are negative, and so score nothing.
        public var negatives: Int
        /// Whether the diagonal is an estimate.
        public var isEstimate: Bool
    }

    /// - Parameter round: of several; each draws its own examples and labels.
    /// - Throws: what `loss` throws.
    public func evidence(_ weights: [Float], _ loss: any PrunableLoss, round: Int = 1) throws -> Evidence {
        var generator = SplitMix64(seed: seed &+ UInt64(round))
        let examples = generator.sample(min(samples, loss.exampleCount), of: loss.exampleCount)
        let gradient =
            firstOrder
            ? try loss.gradient(weights, examples: examples).gradient : [Float](repeating: 0, count: weights.count)
        let diagonal: [Float]
        var isEstimate = false
        switch self.diagonal {
        case .fisher: diagonal = try fisher(weights, loss, examples, seed: generator.next())
        case .hessian:
            isEstimate = weights.count > HessianDiagonal.exactLimit
            diagonal =
                isEstimate
                ? try HessianDiagonal.estimate(weights, loss, examples, probes: probes, seed: generator.next())
                : try HessianDiagonal.exact(weights, loss, examples)
        }
        let mean = diagonal.reduce(0.0) { $0 + max(Double($1), 0) } / Double(max(diagonal.count, 1))
        let added = Float(damping * mean)
        return Evidence(
            diagonal: diagonal.map { $0 + added }, damping: damping * mean, gradient: gradient,
            negatives: diagonal.count { $0 < 0 }, isEstimate: isEstimate)
    }

    private func fisher(_ weights: [Float], _ loss: any PrunableLoss, _ examples: [Int], seed: UInt64) throws -> [Float]
    {
        var sums = [Double](repeating: 0, count: weights.count)
        try loss.exampleGradients(weights, examples: examples, seed: isEmpirical ? nil : seed) { rows in
            for start in stride(from: 0, to: rows.count, by: weights.count) {
                for index in sums.indices { sums[index] += Double(rows[start + index]) * Double(rows[start + index]) }
            }
        }
        return sums.map { Float($0 / Double(max(examples.count, 1))) }
    }

    /// Scores by weight.
    public static func scores(weights: [Float], _ evidence: Evidence) -> [Float] {
        weights.indices.map { index in
            let weight = weights[index]
            return max(evidence.diagonal[index] * weight * weight / 2 - evidence.gradient[index] * weight, 0)
        }
    }

    /// What the loss changes by where the weights that are not kept become zero, each by itself.
    public static func change(weights: [Float], _ evidence: Evidence, isKept: [Bool]) -> Double {
        var sum = 0.0
        for index in weights.indices where !isKept[index] {
            let weight = Double(weights[index])
            sum += Double(evidence.diagonal[index]) * weight * weight / 2 - Double(evidence.gradient[index]) * weight
        }
        return sum
    }
}
