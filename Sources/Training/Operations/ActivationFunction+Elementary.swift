internal import Networks

/// The functions of the C library.
extension ActivationFunction {
    static func elementary(_ name: String) -> Self? { powers(name) ?? circular(name) ?? hyperbolic(name) }

    private static func powers(_ name: String) -> Self? {
        switch name {
        case "sqrt": Self(N.squareRoot, { _, y in N(0.5) / y })
        case "rsqrt": Self({ .one / N.squareRoot($0) }, { _, y in N(-0.5) * y * y * y })
        case "reciprocal": Self({ .one / $0 }, { _, y in -(y * y) })
        case "exp": Self(N.exponential, { _, y in y })
        case "expm1": Self(N.exponentialMinusOne, { x, _ in N.exponential(x) })
        case "log": Self(N.logarithm, { x, _ in .one / x })
        case "log1p": Self(N.logarithmOnePlus, { x, _ in .one / (.one + x) })
        case "log2": scaledLogarithm(1.442_695_040_888_963_4)
        case "log10": scaledLogarithm(0.434_294_481_903_251_8)
        // 2 / √π
        case "erf": Self(N.errorFunction, { x, _ in N(1.128_379_167_095_512_6) * N.exponential(-(x * x)) })
        default: nil
        }
    }

    private static func scaledLogarithm(_ factor: Double) -> Self {
        let factor = N(factor)
        return Self({ factor * N.logarithm($0) }, { x, _ in factor / x })
    }

    private static func circular(_ name: String) -> Self? {
        switch name {
        case "sin": Self(N.sine, { x, _ in N.cosine(x) })
        case "cos": Self(N.cosine, { x, _ in -N.sine(x) })
        case "tan": Self({ N.sine($0) / N.cosine($0) }, { _, y in .one + y * y })
        case "asin": Self(arcSine, { x, _ in .one / N.squareRoot(.one - x * x) })
        case "acos": Self({ N(Double.pi / 2) - arcSine($0) }, { x, _ in -(.one / N.squareRoot(.one - x * x)) })
        case "atan": Self(N.arcTangent, { x, _ in .one / (.one + x * x) })
        default: nil
        }
    }

    private static func arcSine(_ x: N) -> N { N.arcTangent(x / N.squareRoot(.one - x * x)) }

    private static func hyperbolic(_ name: String) -> Self? {
        let half = N(0.5)
        switch name {
        case "sinh": return Self({ half * (N.exponential($0) - N.exponential(-$0)) }, { x, _ in cosh(x) })
        case "cosh": return Self(cosh, { x, _ in half * (N.exponential(x) - N.exponential(-x)) })
        case "asinh":
            return Self(
                {
                    let size = N.logarithm(N.magnitude($0) + N.squareRoot($0 * $0 + .one))
                    return $0 < .zero ? -size : size
                }, { x, _ in .one / N.squareRoot(x * x + .one) })
        case "acosh":
            return Self(
                { N.logarithm($0 + N.squareRoot($0 * $0 - .one)) }, { x, _ in .one / N.squareRoot(x * x - .one) })
        case "atanh":
            return Self(
                { half * (N.logarithmOnePlus($0) - N.logarithmOnePlus(-$0)) }, { x, _ in .one / (.one - x * x) })
        default: return nil
        }
    }

    private static func cosh(_ x: N) -> N { N(0.5) * (N.exponential(x) + N.exponential(-x)) }
}
