import Foundation

@testable import Networks

/// Functions of one element, from the table in `Activation`.
extension Reference {
    static func function(_ rule: Activation, _ x: Double) -> Double {
        func argument(_ name: String) -> Double { rule.number(name)! }
        let sigmoid = 1 / (1 + exp(-x))
        let softplus = x > 30 ? x : log(1 + exp(x))
        switch rule.name {
        case "linear": return x
        case "relu":
            if let limit = rule.number("max_value"), x > argument("threshold") { return min(max(x, 0), limit) }
            return x > argument("threshold") ? x : argument("negative_slope") * (x - argument("threshold"))
        case "elu": return x > 0 ? x : argument("alpha") * (exp(x) - 1)
        case "selu": return 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * (exp(x) - 1))
        case "celu": return max(x, 0) + argument("alpha") * (exp(min(x, 0) / argument("alpha")) - 1)
        case "gelu":
            let isApproximate = rule.arguments["approximate"]!.bool!
            return isApproximate
                ? x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
                : x / 2 * (1 + erf(x / 2.0.squareRoot()))
        case "quick_gelu": return x / (1 + exp(-1.702 * x))
        case "sigmoid": return sigmoid
        case "hard_sigmoid": return min(max(argument("slope") * x + argument("offset"), 0), 1)
        case "hard_silu": return x * min(max(argument("slope") * x + argument("offset"), 0), 1)
        case "log_sigmoid": return x < -30 ? x : log(sigmoid)
        case "sparse_sigmoid": return min(max((x + 1) / 2, 0), 1)
        case "silu": return x * sigmoid
        case "mish": return x * tanh(softplus)
        case "softplus": return softplus
        case "softsign": return x / (1 + abs(x))
        case "soft_shrink":
            let threshold = argument("threshold")
            return x > threshold ? x - threshold : x < -threshold ? x + threshold : 0
        case "hard_shrink": return abs(x) > argument("threshold") ? x : 0
        case "tanh_shrink": return x - tanh(x)
        case "hard_tanh": return min(max(x, -1), 1)
        case "sparse_plus": return x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) / 4 : x
        case "squareplus": return (x + (x * x + argument("b")).squareRoot()) / 2
        case "threshold": return x > argument("threshold") ? x : argument("value")
        default: return library(rule.name, x)
        }
    }

    private static func library(_ name: String, _ x: Double) -> Double {
        switch name {
        case "abs": abs(x)
        case "sign": x > 0 ? 1 : x < 0 ? -1 : 0
        case "floor": floor(x)
        case "ceil": ceil(x)
        case "trunc": trunc(x)
        case "sqrt": x.squareRoot()
        case "exp": exp(x)
        case "log": log(x)
        case "sin": sin(x)
        case "cos": cos(x)
        case "tan": tan(x)
        case "asin": asin(x)
        case "acos": acos(x)
        case "atan": atan(x)
        case "sinh": sinh(x)
        case "cosh": cosh(x)
        case "tanh": tanh(x)
        case "asinh": asinh(x)
        case "acosh": acosh(x)
        case "atanh": atanh(x)
        case "erf": erf(x)
        case "expm1": expm1(x)
        case "log1p": log1p(x)
        case "log2": log2(x)
        case "log10": log10(x)
        case "round": x.rounded(.toNearestOrEven)
        case "rsqrt": 1 / x.squareRoot()
        case "reciprocal": 1 / x
        case "logical_not": x == 0 ? 1 : 0
        case "isnan": x.isNaN ? 1 : 0
        case "isinf": x.isInfinite ? 1 : 0
        case "isfinite": x.isFinite ? 1 : 0
        default: preconditionFailure("no function '\(name)'")
        }
    }
}
