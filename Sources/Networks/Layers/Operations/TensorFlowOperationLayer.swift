internal import Tensors

/// Functions of TensorFlow that a functional model of Keras 2 applies to values directly: the same as those of Keras 3,
/// under other names.
struct TensorFlowOperationLayer: LayerKind {
    static let names = ["TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer"]

    private let function: String
    private let name: String

    init(_ config: LayerConfig) throws {
        guard var function = try config.optionalString("function") else {
            throw config.unsupported("it does not say which function it is")
        }
        for prefix in ["compat.v1.", "raw_ops."] where function.hasPrefix(prefix) {
            function.removeFirst(prefix.count)
        }
        let bare = function.split(separator: ".").last.map(String.init) ?? function
        guard let name = Self.functions[function] ?? Self.functions[bare] else {
            throw config.unsupported("the function '\(function)' is not known")
        }
        self.function = bare
        self.name = name
    }

    /// By full name, or by its last part, which is the same in all modules that have the function.
    private static let functions: [String: String] = [
        "add": "Add", "add_v2": "Add", "subtract": "Subtract", "multiply": "Multiply", "truediv": "TrueDivide",
        "divide": "TrueDivide", "floordiv": "FloorDivide", "floormod": "Mod", "mod": "Mod", "pow": "Power",
        "maximum": "Maximum", "minimum": "Minimum", "equal": "Equal", "not_equal": "NotEqual", "greater": "Greater",
        "greater_equal": "GreaterEqual", "less": "Less", "less_equal": "LessEqual", "logical_and": "LogicalAnd",
        "logical_or": "LogicalOr", "logical_xor": "LogicalXor", "where": "Where", "where_v2": "Where",
        "clip_by_value": "Clip", "divide_no_nan": "DivideNoNan", "squared_difference": "SquaredDifference",
        "__operators__.eq": "Equal", "__operators__.ne": "NotEqual", "__operators__.getitem": "GetItem",
        "negative": "Negative", "abs": "Abs", "sign": "Sign", "floor": "Floor", "ceil": "Ceil", "round": "Round",
        "sqrt": "Sqrt", "rsqrt": "Rsqrt", "square": "Square", "reciprocal": "Reciprocal", "exp": "Exp",
        "expm1": "Expm1", "log": "Log", "log1p": "Log1p", "sin": "Sin", "cos": "Cos", "tan": "Tan", "asin": "Arcsin",
        "acos": "Arccos", "atan": "Arctan", "sinh": "Sinh", "cosh": "Cosh", "asinh": "Arcsinh", "acosh": "Arccosh",
        "atanh": "Arctanh", "erf": "Erf", "tanh": "Tanh", "sigmoid": "Sigmoid", "log_sigmoid": "LogSigmoid",
        "softplus": "Softplus", "softsign": "Softsign", "relu": "Relu", "relu6": "Relu6",
        "leaky_relu": "LeakyRelu", "elu": "Elu", "selu": "Selu", "gelu": "Gelu", "silu": "Silu", "swish": "Silu",
        "softmax": "Softmax", "softmax_v2": "Softmax", "log_softmax": "LogSoftmax", "logical_not": "LogicalNot",
        "is_nan": "Isnan", "is_inf": "Isinf", "is_finite": "Isfinite", "cast": "Cast",
        "stop_gradient": "StopGradient", "identity": "Identity", "convert_to_tensor": "Identity",
        "zeros_like": "ZerosLike", "ones_like": "OnesLike", "reduce_mean": "Mean", "reduce_sum": "Sum",
        "reduce_max": "Max", "reduce_min": "Min", "reduce_prod": "Prod", "reduce_any": "Any", "reduce_all": "All",
        "reduce_variance": "Var", "reduce_std": "Std", "reduce_logsumexp": "Logsumexp", "argmax": "Argmax",
        "argmin": "Argmin", "count_nonzero": "CountNonzero", "reshape": "Reshape", "transpose": "Transpose",
        "expand_dims": "ExpandDims", "squeeze": "Squeeze", "broadcast_to": "BroadcastTo", "concat": "Concatenate",
        "stack": "Stack", "split": "Split", "unstack": "Unstack", "reverse": "Flip", "roll": "Roll",
        "repeat": "Repeat", "tile": "Tile", "pad": "Pad", "gather": "Take", "matmul": "Matmul",
        "tensordot": "Tensordot", "cumsum": "Cumsum", "one_hot": "OneHot", "l2_normalize": "Normalize",
        "image.resize": "Resize", "depth_to_space": "DepthToSpace", "space_to_depth": "SpaceToDepth",
        "moments": "Moments",
    ]

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let arguments = lowering.arguments
        var options: [String: JSONValue] = [:]
        for (key, argument) in arguments.named {
            // What the function does by itself is not said.
            if let value = argument.constant, key != "name", !value.isNull { options[key] = value }
        }
        try adjust(&options, inputs, lowering)
        let call = OperationCall(
            name: name, operands: arguments.positional, named: arguments.named.filter { $0.key != "name" },
            options: options)
        return try Operation.lower(call, into: &lowering)
    }

    /// Where a function of TensorFlow is told otherwise than that of Keras.
    private func adjust(_ options: inout [String: JSONValue], _ inputs: [ValueID], _ lowering: Lowering) throws {
        switch function {
        case "split":
            guard let sizes = options["num_or_size_splits"]?.array?.compactMap(\.integer) else { break }
            var end = 0
            options["num_or_size_splits"] = .array(
                try sizes.dropLast().map { size in
                    guard size >= 0 else { throw lowering.unsupported("it leaves the size of a part open") }
                    end = try Checked.add(end, size, "extent that is split")
                    return .integer(end)
                })
        case "l2_normalize":
            options["epsilon"] = .number((options["epsilon"]?.number ?? 1e-12).squareRoot())
            options["axis"] = options["axis"] ?? options["dim"]
        case "cumsum":
            guard options["exclusive"]?.bool ?? false == false, options["reverse"]?.bool ?? false == false else {
                throw lowering.unsupported("it leaves the last element out, or goes backwards")
            }
            options["axis"] = options["axis"] ?? .integer(0)
        case "argmax", "argmin": options["axis"] = options["axis"] ?? .integer(0)
        case "resize":
            guard options["preserve_aspect_ratio"]?.bool ?? false == false else {
                throw lowering.unsupported("it keeps aspect ratios")
            }
            options["interpolation"] = options["method"]
        case "gather":
            guard options["batch_dims"]?.integer ?? 0 == 0 else {
                throw lowering.unsupported("it gathers for each example")
            }
        default: break
        }
    }
}
