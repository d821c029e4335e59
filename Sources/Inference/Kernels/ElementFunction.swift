internal import Networks
internal import Tensors

/// A function of each element by itself; names, formulas and arguments are those of `Activation`.
struct ElementFunction<T: Scalar>: Sendable {
    private let form: Form
    /// Where the function is min(max(x, low), high): the bounds.
    let clamp: (low: T, high: T)?
    private let formula: @Sendable (T) -> T

    /// Elementary operations that an element takes, roughly.
    var cost: Int { form == .clamp ? 1 : form == .other ? 20 : 4 }

    /// The frequent ones have loops of their own; others take a call for each element.
    private enum Form { case clamp, sigmoid, silu, tanh, other }

    /// Whether it is a function of each element at all, as softmax is not.
    static func covers(_ activation: Activation) -> Bool { !vectorFunctions.contains(activation.name) }
    private static var vectorFunctions: Set<String> { ["softmax", "log_softmax", "sparsemax", "prelu"] }

    /// - Throws: `unsupported` for a function that is not known.
    init(_ activation: Activation) throws {
        guard let formula = Self.formula(activation) else {
            throw SparsifyError(.unsupported, "The activation function '\(activation.name)' is not known.")
        }
        self.formula = formula
        let isPlain = (activation.number("negative_slope") ?? 0) == 0 && (activation.number("threshold") ?? 0) == 0
        switch activation.name {
        case "relu" where isPlain:
            form = .clamp
            clamp = (0, T(activation.number("max_value") ?? .infinity))
            return
        case "sigmoid": form = .sigmoid
        case "silu": form = .silu
        case "tanh": form = .tanh
        default: form = .other
        }
        clamp = nil
    }

    func apply(_ values: UnsafeMutablePointer<T>, _ count: Int) {
        switch form {
        case .clamp:
            guard let clamp else { return }
            T.addBias(nil, to: values, rows: 1, columns: count, stride: count, low: clamp.low, high: clamp.high)
        case .sigmoid: T.sigmoid(values, count)
        case .silu: T.silu(values, count)
        case .tanh: T.hyperbolicTangent(values, count)
        case .other: for index in 0..<count { values[index] = formula(values[index]) }
        }
    }

    @inline(__always)
    private static func sigmoid(_ x: T) -> T { 1 / (1 + T.exponential(-x)) }

    private static func softplus(_ x: T) -> T { max(x, 0) + T.logarithmOnePlus(T.exponential(-abs(x))) }

    private static func selu(_ x: T) -> T {
        let scale: T = 1.0507009873554805
        let alpha: T = 1.6732632423543772
        return x > 0 ? scale * x : scale * alpha * T.exponentialMinusOne(x)
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

    private static func formula(_ activation: Activation) -> (@Sendable (T) -> T)? {
        func argument(_ name: String, _ standard: Double) -> T { T(activation.number(name) ?? standard) }
        switch activation.name {
        case "relu":
            let (slope, threshold) = (argument("negative_slope", 0), argument("threshold", 0))
            guard activation.number("max_value") != nil else {
                return { $0 > threshold ? $0 : slope * ($0 - threshold) }
            }
            let limit = argument("max_value", .infinity)
            return { $0 > threshold ? min(max($0, 0), limit) : slope * ($0 - threshold) }
        case "elu":
            let alpha = argument("alpha", 1)
            return { $0 > 0 ? $0 : alpha * T.exponentialMinusOne($0) }
        case "celu":
            let alpha = argument("alpha", 1)
            return { max($0, 0) + alpha * T.exponentialMinusOne(min($0, 0) / alpha) }
        case "gelu": return activation.arguments["approximate"]?.bool == true ? approximateGELU : gelu
        case "hard_sigmoid":
            let (slope, offset) = (argument("slope", 1 / 6), argument("offset", 0.5))
            return { min(max(slope * $0 + offset, 0), 1) }
        case "hard_silu":
            let (slope, offset) = (argument("slope", 1 / 6), argument("offset", 0.5))
            return { $0 * min(max(slope * $0 + offset, 0), 1) }
        case "soft_shrink":
            let threshold = argument("threshold", 0.5)
            return { $0 > threshold ? $0 - threshold : $0 < -threshold ? $0 + threshold : 0 }
        case "hard_shrink":
            let threshold = argument("threshold", 0.5)
            return { abs($0) > threshold ? $0 : 0 }
        case "threshold":
            let (threshold, value) = (argument("threshold", 0), argument("value", 0))
            return { $0 > threshold ? $0 : value }
        case "squareplus":
            let b = argument("b", 4)
            return { ($0 + ($0 * $0 + b).squareRoot()) / 2 }
        default: return plain(activation.name) ?? T.function(named: activation.name)
        }
    }

    /// Functions of nothing but their input.
    private static func plain(_ name: String) -> (@Sendable (T) -> T)? {
        switch name {
        case "linear", "stop_gradient": { $0 }
        case "selu": selu
        case "quick_gelu": { $0 * sigmoid(1.702 * $0) }
        case "sigmoid": sigmoid
        case "log_sigmoid": { -softplus(-$0) }
        case "sparse_sigmoid": { min(max(($0 + 1) / 2, 0), 1) }
        case "silu": { $0 * sigmoid($0) }
        case "mish": { $0 * T.hyperbolicTangent(softplus($0)) }
        case "softplus": softplus
        case "softsign": { $0 / (1 + abs($0)) }
        case "tanh_shrink": { $0 - T.hyperbolicTangent($0) }
        case "hard_tanh": { min(max($0, -1), 1) }
        case "sparse_plus": { $0 <= -1 ? 0 : $0 < 1 ? ($0 + 1) * ($0 + 1) / 4 : $0 }
        case "abs": { abs($0) }
        case "sign": { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }
        case "floor": { $0.rounded(.down) }
        case "ceil": { $0.rounded(.up) }
        case "trunc": { $0.rounded(.towardZero) }
        case "round": { $0.rounded(.toNearestOrEven) }
        case "sqrt": { $0.squareRoot() }
        case "rsqrt": { 1 / $0.squareRoot() }
        case "reciprocal": { 1 / $0 }
        case "logical_not": { $0 == 0 ? 1 : 0 }
        case "isnan": { $0.isNaN ? 1 : 0 }
        case "isinf": { $0.isInfinite ? 1 : 0 }
        case "isfinite": { $0.isFinite ? 1 : 0 }
        default: nil
        }
    }
}
