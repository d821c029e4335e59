internal import Networks
internal import Tensors

/// A function of each element by itself; formulas as in `Activation`.
struct ElementFunction<T: Scalar>: Sendable {
    private let name: String
    private let a: T
    private let b: T
    private let c: T
    private let flag: Bool

    /// Elementary operations that an element takes, roughly.
    let cost: Int

    /// Whether it is a function of each element at all, as softmax is not.
    static func covers(_ activation: Activation) -> Bool { !vectorFunctions.contains(activation.name) }
    private static var vectorFunctions: Set<String> { ["softmax", "log_softmax", "sparsemax", "prelu", "glu"] }

    /// - Throws: `unsupported` for a function that is not known.
    init(_ activation: Activation) throws {
        func number(_ names: String..., default standard: Double) -> T {
            for name in names {
                if let value = activation.arguments[name]?.number { return T(value) }
            }
            return T(standard)
        }
        name = activation.name
        var parameters: (T, T, T) = (0, 0, 0)
        var flag = false
        switch name {
        case "relu":
            parameters = (
                number("negative_slope", "alpha", default: 0), number("max_value", default: .infinity),
                number("threshold", default: 0)
            )
            flag = parameters.0 == 0 && parameters.1 == .infinity && parameters.2 == 0
        case "leaky_relu": parameters.0 = number("negative_slope", "alpha", default: 0.2)
        case "elu", "celu": parameters.0 = number("alpha", default: 1)
        case "thresholded_relu": parameters.0 = number("theta", default: 1)
        case "hard_shrink", "soft_shrink": parameters.0 = number("threshold", "lambd", default: 0.5)
        case "threshold":
            parameters = (number("threshold", default: 0), number("value", "default_value", default: 0), 0)
        case "squareplus": parameters.0 = number("b", default: 4)
        case "gelu": flag = activation.arguments["approximate"]?.bool ?? false
        case "clip": parameters = (number("x_min", default: -.infinity), number("x_max", default: .infinity), 0)
        default: break
        }
        (a, b, c) = parameters
        self.flag = flag
        guard Self.costs[name] != nil || Self.formula(name, flag, a, b, c) != nil else {
            throw SparsifyError(.unsupported, "The activation function '\(name)' is not known.")
        }
        cost = Self.costs[name] ?? 20
    }

    /// Those whose loops are written out below; others take a call for each element.
    private static var costs: [String: Int] { ["linear": 0, "relu": 1, "relu6": 1, "sigmoid": 15, "tanh": 20, "silu": 15] }

    func apply(_ values: UnsafeMutablePointer<T>, _ count: Int) {
        Self.apply(name, flag, a, b, c, values, count)
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func apply(
        _ name: String, _ flag: Bool, _ a: T, _ b: T, _ c: T, _ values: UnsafeMutablePointer<T>, _ count: Int
    ) {
        switch name {
        case "linear": break
        case "relu" where flag: for index in 0..<count { values[index] = max(values[index], 0) }
        case "relu6": for index in 0..<count { values[index] = min(max(values[index], 0), 6) }
        case "sigmoid": for index in 0..<count { values[index] = sigmoid(values[index]) }
        case "silu": for index in 0..<count { values[index] *= sigmoid(values[index]) }
        case "tanh": for index in 0..<count { values[index] = T.hyperbolicTangent(values[index]) }
        default:
            guard let formula = formula(name, flag, a, b, c) else { return }
            for index in 0..<count { values[index] = formula(values[index]) }
        }
    }

    @inline(__always)
    private static func sigmoid(_ x: T) -> T { 1 / (1 + T.exponential(-x)) }

    private static func softplus(_ x: T) -> T { max(x, 0) + T.logarithmOnePlus(T.exponential(-abs(x))) }

    private static func selu(_ x: T) -> T {
        let scale: T = 1.0507009873554805
        let alpha: T = 1.6732632423543772
        return x < 0 ? scale * alpha * T.exponentialMinusOne(x) : scale * x
    }

    private static func gelu(_ x: T) -> T {
        let scaled: T = x * 0.7071067811865476
        return x / 2 * (1 + T.errorFunction(scaled))
    }

    private static func approximateGELU(_ x: T) -> T {
        let cube: T = x * x * x
        let inner: T = 0.7978845608028654 * (x + 0.044715 * cube)
        return x / 2 * (1 + T.hyperbolicTangent(inner))
    }

    private static func formula(_ name: String, _ flag: Bool, _ a: T, _ b: T, _ c: T) -> ((T) -> T)? {
        switch name {
        case "relu": { $0 < c ? a * ($0 - c) : min($0, b) }
        case "leaky_relu": { $0 < 0 ? a * $0 : $0 }
        case "elu": { $0 < 0 ? a * T.exponentialMinusOne($0) : $0 }
        case "celu": { max($0, 0) + min(0, a * T.exponentialMinusOne($0 / a)) }
        case "selu": selu
        case "softplus": softplus
        case "softsign": { $0 / (1 + abs($0)) }
        case "exponential", "exp": T.exponential
        case "expm1": T.exponentialMinusOne
        case "hard_sigmoid": { min(max($0 / 6 + 0.5, 0), 1) }
        case "hard_sigmoid_keras2": { min(max($0 * 0.2 + 0.5, 0), 1) }
        case "hard_silu": { $0 * min(max($0 / 6 + 0.5, 0), 1) }
        case "hard_tanh": { min(max($0, -1), 1) }
        case "tanh_shrink": { $0 - T.hyperbolicTangent($0) }
        case "hard_shrink": { abs($0) > a ? $0 : 0 }
        case "soft_shrink": { $0 > a ? $0 - a : $0 < -a ? $0 + a : 0 }
        case "threshold": { $0 > a ? $0 : b }
        case "thresholded_relu": { $0 > a ? $0 : 0 }
        case "squareplus": { ($0 + ($0 * $0 + a).squareRoot()) / 2 }
        case "sparse_plus": { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }
        case "sparse_sigmoid": { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) / 2 : 1 }
        case "log_sigmoid": { -softplus(-$0) }
        case "mish": { $0 * T.hyperbolicTangent(softplus($0)) }
        case "gelu": flag ? approximateGELU : gelu
        case "clip": { min(max($0, a), b) }
        case "abs": { abs($0) }
        case "negative": { -$0 }
        case "square": { $0 * $0 }
        case "sqrt": { $0.squareRoot() }
        case "rsqrt": { 1 / $0.squareRoot() }
        case "reciprocal": { 1 / $0 }
        case "log": T.logarithm
        case "log1p": T.logarithmOnePlus
        case "erf": T.errorFunction
        case "sin": T.sine
        case "cos": T.cosine
        case "sign": { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case "floor": { $0.rounded(.down) }
        case "ceil": { $0.rounded(.up) }
        case "round": { $0.rounded(.toNearestOrEven) }
        case "trunc": { $0.rounded(.towardZero) }
        case "logical_not": { $0 == 0 ? 1 : 0 }
        default: nil
        }
    }
}
