internal import Networks
internal import Tensors

/// A function of each element by itself, and its derivative; names, formulas and arguments are those of `Activation`.
struct ActivationFunction<N: Number> {
    let value: (N) -> N
    /// The derivative, given x and the value there.
    let slope: (_ x: N, _ y: N) -> N
    /// Whether it is max(x, 0), which is frequent.
    let isRectifier: Bool

    init(_ value: @escaping (N) -> N, _ slope: @escaping (N, N) -> N, isRectifier: Bool = false) {
        self.value = value
        self.slope = slope
        self.isRectifier = isRectifier
    }

    /// - Throws: `unsupported` for a function that is not known.
    init(_ activation: Activation) throws(SparsifyError) {
        guard let found = Self.piecewise(activation) ?? Self.smooth(activation) ?? Self.elementary(activation.name)
        else {
            throw SparsifyError(
                .unsupported, "The gradient of the activation function '\(activation.name)' is not known.")
        }
        self = found
    }

    private static func inside(_ x: N, _ low: Double, _ high: Double) -> N {
        let x = x.double
        return x > low && x < high ? .one : .zero
    }

    private static func clipped(_ x: N, _ low: Double, _ high: Double) -> N {
        N.lesser(N.greater(x, N(low)), N(high))
    }

    private static func piecewise(_ activation: Activation) -> Self? {
        func argument(_ name: String, _ standard: Double) -> Double { activation.number(name) ?? standard }
        switch activation.name {
        case "linear": return Self({ $0 }, { _, _ in .one })
        case "relu":
            let (slope, threshold) = (N(argument("negative_slope", 0)), N(argument("threshold", 0)))
            let limit = activation.number("max_value")
            if limit == nil, slope.double == 0, threshold.double == 0 {
                return Self({ N.greater($0, .zero) }, { x, _ in x.double > 0 ? .one : .zero }, isRectifier: true)
            }
            return Self(
                { x in
                    guard x > threshold else { return slope * (x - threshold) }
                    return limit.map { clipped(x, 0, $0) } ?? x
                },
                { x, _ in
                    guard x > threshold else { return slope }
                    return limit.map { inside(x, 0, $0) } ?? .one
                })
        case "hard_sigmoid", "hard_silu":
            let (slope, offset) = (N(argument("slope", 1 / 6)), N(argument("offset", 0.5)))
            if activation.name == "hard_sigmoid" {
                return Self(
                    { clipped(slope * $0 + offset, 0, 1) }, { x, _ in slope * inside(slope * x + offset, 0, 1) })
            }
            return Self(
                { $0 * clipped(slope * $0 + offset, 0, 1) },
                { x, _ in
                    let line = slope * x + offset
                    return clipped(line, 0, 1) + x * slope * inside(line, 0, 1)
                })
        case "sparse_sigmoid":
            let half = N(0.5)
            return Self({ clipped(half * ($0 + .one), 0, 1) }, { x, _ in half * inside(x, -1, 1) })
        case "soft_shrink", "hard_shrink":
            let threshold = N(argument("threshold", 0.5))
            let isSoft = activation.name == "soft_shrink"
            return Self(
                { x in
                    guard N.magnitude(x) > threshold else { return .zero }
                    return isSoft ? (x > .zero ? x - threshold : x + threshold) : x
                },
                { x, _ in N.magnitude(x) > threshold ? .one : .zero })
        case "threshold":
            let (threshold, value) = (N(argument("threshold", 0)), N(argument("value", 0)))
            return Self({ $0 > threshold ? $0 : value }, { x, _ in x > threshold ? .one : .zero })
        case "hard_tanh": return Self({ clipped($0, -1, 1) }, { x, _ in inside(x, -1, 1) })
        case "sparse_plus":
            let quarter = N(0.25)
            return Self(
                { $0.double <= -1 ? .zero : $0.double < 1 ? ($0 + .one) * ($0 + .one) * quarter : $0 },
                { x, _ in x.double <= -1 ? .zero : x.double < 1 ? (x + .one) * N(0.5) : .one })
        case "abs":
            return Self(N.magnitude, { x, _ in x.double > 0 ? .one : x.double < 0 ? N(-1.0) : .zero })
        default: return steps(activation.name)
        }
    }

    /// Functions that are constant but for jumps.
    private static func steps(_ name: String) -> Self? {
        func flat(_ value: @escaping (Double) -> Double) -> Self {
            Self({ N(value($0.double)) }, { _, _ in .zero })
        }
        switch name {
        case "stop_gradient": return flat { $0 }
        case "sign": return flat { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case "floor": return flat { $0.rounded(.down) }
        case "ceil": return flat { $0.rounded(.up) }
        case "trunc": return flat { $0.rounded(.towardZero) }
        case "round": return flat { $0.rounded(.toNearestOrEven) }
        case "logical_not": return flat { $0 == 0 ? 1 : 0 }
        case "isnan": return flat { $0.isNaN ? 1 : 0 }
        case "isinf": return flat { $0.isInfinite ? 1 : 0 }
        case "isfinite": return flat { $0.isFinite ? 1 : 0 }
        default: return nil
        }
    }

    private static func smooth(_ activation: Activation) -> Self? {
        func argument(_ name: String, _ standard: Double) -> N { N(activation.number(name) ?? standard) }
        switch activation.name {
        case "elu":
            let alpha = argument("alpha", 1)
            return exponentialBelow(scale: .one, alpha: alpha)
        case "selu": return exponentialBelow(scale: N(1.0507009873554805), alpha: N(1.6732632423543772))
        case "celu":
            let alpha = argument("alpha", 1)
            return Self(
                { N.greater($0, .zero) + alpha * N.exponentialMinusOne(N.lesser($0, .zero) / alpha) },
                { x, _ in x > .zero ? .one : N.exponential(x / alpha) })
        case "gelu": return activation.arguments["approximate"]?.bool == true ? approximateGELU : gelu
        case "quick_gelu": return gated(N(1.702))
        case "silu": return gated(.one)
        case "sigmoid": return Self(N.sigmoid, { _, y in y * (.one - y) })
        case "log_sigmoid": return Self({ -N.softplus(-$0) }, { x, _ in N.sigmoid(-x) })
        case "softplus": return Self(N.softplus, { x, _ in N.sigmoid(x) })
        case "mish":
            return Self(
                { $0 * N.hyperbolicTangent(N.softplus($0)) },
                { x, _ in
                    let gate = N.hyperbolicTangent(N.softplus(x))
                    return gate + x * (.one - gate * gate) * N.sigmoid(x)
                })
        case "softsign":
            return Self(
                { $0 / (.one + N.magnitude($0)) },
                { x, _ in
                    let base = .one + N.magnitude(x)
                    return .one / (base * base)
                })
        case "tanh": return Self(N.hyperbolicTangent, { _, y in .one - y * y })
        case "tanh_shrink":
            return Self(
                { $0 - N.hyperbolicTangent($0) },
                { x, y in
                    let value = x - y
                    return value * value
                })
        case "squareplus":
            let (b, half) = (argument("b", 4), N(0.5))
            return Self(
                { half * ($0 + N.squareRoot($0 * $0 + b)) },
                { x, _ in half * (.one + x / N.squareRoot(x * x + b)) })
        default: return nil
        }
    }

    private static func exponentialBelow(scale: N, alpha: N) -> Self {
        Self(
            { $0 > .zero ? scale * $0 : scale * alpha * N.exponentialMinusOne($0) },
            { x, _ in x > .zero ? scale : scale * alpha * N.exponential(x) })
    }

    /// x · σ(k x)
    private static func gated(_ factor: N) -> Self {
        Self(
            { $0 * N.sigmoid(factor * $0) },
            { x, _ in
                let gate = N.sigmoid(factor * x)
                return gate + factor * x * gate * (.one - gate)
            })
    }

    private static var gelu: Self {
        let half = N(0.5)
        let root = N(0.5.squareRoot())
        // 1 / √(2π)
        let density = N(0.398_942_280_401_432_7)
        return Self(
            { half * $0 * (.one + N.errorFunction($0 * root)) },
            { x, _ in
                half * (.one + N.errorFunction(x * root)) + x * density * N.exponential(-(half * x * x))
            })
    }

    private static var approximateGELU: Self {
        let half = N(0.5)
        let factor = N((2 / Double.pi).squareRoot())
        let cubic = N(0.044715)
        return Self(
            { half * $0 * (.one + N.hyperbolicTangent(factor * ($0 + cubic * $0 * $0 * $0))) },
            { x, _ in
                let gate = N.hyperbolicTangent(factor * (x + cubic * x * x * x))
                let inner = factor * (.one + N(3.0) * cubic * x * x)
                return half * (.one + gate) + half * x * (.one - gate * gate) * inner
            })
    }
}
