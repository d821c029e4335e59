/// The noise of sparse variational dropout (Molchanov, Ashukha, Vetrov 2017): a weight is normally distributed about θ with
/// variance σ² = α θ², and one with a great α is noise alone.
enum LogAlpha {
    /// Weights with a greater log α are pruned, by the paper.
    static let threshold = 3.0
    /// log α is kept within ±8, and θ² from 0, as in the paper's code.
    static let limit = 8.0
    static let epsilon = 1e-8
    /// The paper's fit of the divergence (equation 14).
    private static let fit = (scale: 0.63576, offset: 1.87320, slope: 1.48695)

    private static func free<N: Number>(_ theta: N, _ logVariance: N) -> N {
        logVariance - N.logarithm(theta * theta + N(epsilon))
    }

    static func value<N: Number>(_ theta: N, _ logVariance: N) -> N {
        N.greater(N(-limit), N.lesser(N(limit), free(theta, logVariance)))
    }

    /// Derivatives of log α by θ and by log σ²: zero where it is clipped.
    static func slopes<N: Number>(_ theta: N, _ logVariance: N) -> (theta: N, logVariance: N) {
        guard N.magnitude(free(theta, logVariance)) < N(limit) else { return (.zero, .zero) }
        return (-((theta + theta) / (theta * theta + N(epsilon))), .one)
    }

    /// The divergence of the posterior from the log-uniform prior, up to a constant:
    /// k₁ − k₁ σ(k₂ + k₃ log α) + ½ log(1 + 1/α); 0 where α is infinite.
    static func divergence<N: Number>(_ logAlpha: N) -> N {
        let gate = N.sigmoid(N(fit.offset) + N(fit.slope) * logAlpha)
        return N(fit.scale) * (.one - gate) + N(0.5) * N.softplus(-logAlpha)
    }

    /// The derivative of `divergence`.
    static func divergenceSlope<N: Number>(_ logAlpha: N) -> N {
        let gate = N.sigmoid(N(fit.offset) + N(fit.slope) * logAlpha)
        return -(N(fit.scale * fit.slope) * gate * (.one - gate)) - N(0.5) * N.sigmoid(-logAlpha)
    }
}
