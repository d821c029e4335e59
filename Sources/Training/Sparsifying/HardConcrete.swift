/// The hard concrete distribution of a gate (Louizos, Welling, Kingma 2018): a binary concrete variable, stretched to
/// (γ, ζ) and clipped to 0…1, so that it is exactly 0 or 1 with a probability above zero.
enum HardConcrete {
    static let temperature = 2.0 / 3
    static let lower = -0.1
    static let upper = 1.1

    /// The gate for a uniform number within 0…1, and its derivative by log α.
    static func gate<N: Number>(_ logAlpha: N, uniform: Double) -> (value: N, slope: N) {
        let noise = Double.logarithm(uniform) - Double.logarithmOnePlus(-uniform)
        let concrete = N.sigmoid((N(noise) + logAlpha) / N(temperature))
        let stretched = concrete * N(upper - lower) + N(lower)
        guard stretched > .zero else { return (.zero, .zero) }
        guard stretched < .one else { return (.one, .zero) }
        return (stretched, N((upper - lower) / temperature) * concrete * (.one - concrete))
    }

    /// P(gate ≠ 0), whose sum is the expected L0 norm.
    static func openProbability<N: Number>(_ logAlpha: N) -> N {
        N.sigmoid(logAlpha - N(temperature * Double.logarithm(-lower / upper)))
    }

    /// The derivative of `openProbability`.
    static func openSlope<N: Number>(_ logAlpha: N) -> N {
        let probability: N = openProbability(logAlpha)
        return probability * (.one - probability)
    }

    /// The gate without noise, after training.
    static func deterministic<N: Number>(_ logAlpha: N) -> N {
        N.greater(.zero, N.lesser(.one, N.sigmoid(logAlpha) * N(upper - lower) + N(lower)))
    }
}
