internal import Tensors

/// Functions of each element of one value.
extension Operation {
    static let functions: [String: Handler] = {
        var result: [String: Handler] = names.mapValues { name in { try apply(name, $0, &$1) } }
        result["Negative"] = { [try $1.push(.affine(Affine(scale: -1)), [$1.value($0)])] }
        result["Square"] = { call, lowering in
            let value = try lowering.value(call)
            return [try lowering.combine(.multiply, value, value)]
        }
        result["Round"] = { call, lowering in
            guard call.option("decimals")?.integer ?? 0 == 0 else {
                throw lowering.unsupported("it rounds to decimals")
            }
            return [try lowering.apply("round", lowering.value(call))]
        }
        result["Cast"] = cast
        result["StopGradient"] = { [try $1.apply("stop_gradient", $1.value($0))] }
        result["ConvertToTensor"] = { [try $1.value($0)] }
        result["Identity"] = { [try $1.value($0)] }
        result["Copy"] = { [try $1.value($0)] }
        result["ZerosLike"] = { [try $1.filled(0, like: $1.value($0))] }
        result["OnesLike"] = { [try $1.filled(1, like: $1.value($0))] }
        result["FullLike"] = { call, lowering in
            guard let number = call.option("fill_value", at: 1)?.number else {
                throw lowering.unsupported("it fills a value with something that is no number")
            }
            return [try lowering.filled(number, like: lowering.value(call))]
        }
        return result
    }()

    /// Classes of `keras.ops` and the functions that they are.
    private static let names = [
        "Relu": "relu", "ReLU": "relu", "Relu6": "relu6", "LeakyRelu": "leaky_relu", "Elu": "elu", "Selu": "selu",
        "Celu": "celu", "Gelu": "gelu", "Sigmoid": "sigmoid", "HardSigmoid": "hard_sigmoid",
        "HardSilu": "hard_silu", "LogSigmoid": "log_sigmoid", "SparseSigmoid": "sparse_sigmoid", "Silu": "silu",
        "Mish": "mish", "Softplus": "softplus", "Softsign": "softsign", "SoftShrink": "soft_shrink",
        "HardShrink": "hard_shrink", "TanhShrink": "tanh_shrink", "HardTanh": "hard_tanh",
        "SparsePlus": "sparse_plus", "Squareplus": "squareplus", "Threshold": "threshold", "Glu": "glu",
        "Softmax": "softmax", "LogSoftmax": "log_softmax", "Sparsemax": "sparsemax", "Tanh": "tanh",
        "Absolute": "abs", "Abs": "abs", "Fabs": "abs", "Sign": "sign", "Floor": "floor", "Ceil": "ceil",
        "Trunc": "trunc",
        "Sqrt": "sqrt", "Rsqrt": "rsqrt", "Reciprocal": "reciprocal", "Exp": "exp", "Expm1": "expm1", "Log": "log",
        "Log1p": "log1p", "Log2": "log2", "Log10": "log10", "Sin": "sin", "Cos": "cos", "Tan": "tan",
        "Arcsin": "asin", "Arccos": "acos", "Arctan": "atan", "Sinh": "sinh", "Cosh": "cosh", "Arcsinh": "asinh",
        "Arccosh": "acosh", "Arctanh": "atanh", "Erf": "erf", "LogicalNot": "logical_not", "Isnan": "isnan",
        "Isinf": "isinf", "Isfinite": "isfinite",
    ]

    private static let alongAxes: Set<String> = ["softmax", "log_softmax", "sparsemax", "glu"]

    private static func apply(
        _ name: String, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let value = try lowering.value(call)
        var options = call.options
        for (key, argument) in call.named { options[key] = options[key] ?? argument.constant }
        if alongAxes.contains(name) {
            // Checked here, where axes of the batch are not malformed but beyond what examples can tell.
            let rank = lowering.extents(value).count
            _ = try lowering.axes(options["axis"] ?? .integer(-1), of: rank)
        }
        let activation = LayerConfig.activation(name, options, lowering.dialect)
        return [try lowering.activate(activation, value)]
    }

    private static func cast(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let type = call.option("dtype", at: 1)?.string ?? ""
        if type.contains("bool") { return [try lowering.combine(.notEqual, value, 0)] }
        if type.contains("int") { return [try lowering.apply("trunc", value)] }
        return [value]
    }
}
