extension Activation {
    /// Which version of Keras gave a function its meaning.
    public enum Dialect: Sendable, Hashable {
        /// Keras 1 and 2, and tf_keras.
        case keras2
        case keras3
    }

    /// The same function under the one name that programs have it by, with all arguments that it reads and no other.
    ///
    /// `axis`, which counts as Keras does, is left for the caller, who knows the value's rank.
    public func canonical(_ dialect: Dialect = .keras3) -> Activation {
        let name = Self.aliases[self.name] ?? self.name
        switch name {
        case "relu":
            return rectifier(slope: number("negative_slope", "alpha") ?? 0, threshold: number("threshold") ?? 0)
        case "relu6": return Activation("relu", arguments: ["max_value": .number(6)]).canonical(dialect)
        case "leaky_relu": return rectifier(slope: number("negative_slope", "alpha") ?? 0.2, threshold: 0)
        case "thresholded_relu": return rectifier(slope: 0, threshold: number("theta") ?? 1)
        case "elu", "celu": return with(name, ["alpha": number("alpha") ?? 1])
        case "soft_shrink", "hard_shrink": return with(name, ["threshold": number("threshold") ?? 0.5])
        case "threshold":
            return with(
                name,
                [
                    "threshold": number("threshold", "threshold_value") ?? 0,
                    "value": number("value", "default_value") ?? 0,
                ])
        case "squareplus": return with(name, ["b": number("b") ?? 4])
        case "hard_sigmoid", "hard_silu":
            let isOld = dialect == .keras2
            return with(name, ["slope": number("slope") ?? (isOld ? 0.2 : 1 / 6), "offset": number("offset") ?? 0.5])
        case "gelu":
            return Activation(name, arguments: ["approximate": .bool(arguments["approximate"]?.bool ?? false)])
        case "softmax", "log_softmax", "sparsemax", "glu":
            return Activation(name, arguments: arguments.filter { ["axis", "axes", "masked_value"].contains($0.key) })
        default: return Self.plain.contains(name) ? Activation(name) : Activation(name, arguments: arguments)
        }
    }

    private func rectifier(slope: Double, threshold: Double) -> Activation {
        var result = with("relu", ["negative_slope": slope, "threshold": threshold])
        if let limit = number("max_value") { result.arguments["max_value"] = .number(limit) }
        return result
    }

    private func with(_ name: String, _ numbers: [String: Double]) -> Activation {
        Activation(name, arguments: numbers.mapValues { .number($0) })
    }

    private func number(_ names: String...) -> Double? { names.lazy.compactMap { arguments[$0]?.number }.first }

    private static let aliases = [
        "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax", "Swish": "silu", "swish": "silu",
        "hard_swish": "hard_silu", "exponential": "exp", "leakyrelu": "leaky_relu", "absolute": "abs",
        "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arcsinh": "asinh", "arccosh": "acosh",
        "arctanh": "atanh", "softshrink": "soft_shrink", "hardshrink": "hard_shrink", "tanhshrink": "tanh_shrink",
    ]

    /// Functions of nothing but their input.
    private static let plain: Set<String> = [
        "linear", "stop_gradient", "selu", "quick_gelu", "sigmoid", "log_sigmoid", "sparse_sigmoid", "silu", "mish",
        "softplus",
        "softsign", "tanh_shrink", "hard_tanh", "sparse_plus", "abs", "sign", "floor", "ceil", "trunc", "sqrt", "exp",
        "log", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf",
        "expm1", "log1p", "log2", "log10", "round", "rsqrt", "reciprocal", "logical_not", "isnan", "isinf", "isfinite",
    ]
}
