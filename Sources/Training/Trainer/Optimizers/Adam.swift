internal import CVectorKernels

/// Adam (Kingma and Ba 2015): m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², w ← w − η m̂ / (√v̂ + ε), with the moments
/// m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) freed of their start at zero.
public struct Adam: Optimizer {
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float

    public init(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public var id: String { "adam" }
    public var summary: String { "steps by the mean of gradients over the root of the mean of their squares" }
    public var standardRate: Double { 0.001 }
    public var momentCount: Int { 2 }

    public func update(_ run: VariableRun) {
        let correction1 = Float(1 - Self.power(beta1, run.step))
        let correction2 = Float((1 - Self.power(beta2, run.step)).squareRoot())
        // η m̂ / (√v̂ + ε) = (η / c₁) m / (√v / √c₂ + ε)
        var step = vk_adam(
            beta1: beta1, beta2: beta2, rate: run.learningRate / correction1, spread: 1 / correction2, epsilon: epsilon)
        vk_adam(&step, run.gradient, run.values, run.moments[0], run.moments[1], run.count)
    }

    /// β to the power of a whole number, by squaring.
    private static func power(_ base: Float, _ exponent: Int) -> Double {
        var (result, factor, rest) = (1.0, Double(base), exponent)
        while rest > 0 {
            if rest & 1 == 1 { result *= factor }
            factor *= factor
            rest >>= 1
        }
        return result
    }
}
