internal import Tensors

/// Arithmetic that a functional model applies to values directly, of two values or a value and a number.
struct ArithmeticLayer: LayerKind {
    /// Functions of TensorFlow, which one layer class of tf_keras stands for.
    private static let functions: [String: Elementwise.Kind] = [
        "__operators__.add": .add, "math.add": .add, "math.subtract": .subtract, "math.multiply": .multiply,
        "math.maximum": .maximum, "math.minimum": .minimum,
    ]
    /// Functions of Keras 3.
    private static let operations: [String: Elementwise.Kind] = [
        "Add": .add, "Subtract": .subtract, "Multiply": .multiply, "Maximum": .maximum, "Minimum": .minimum,
    ]
    static let names = ["TFOpLambda"] + operations.keys.sorted().map { "ops.\($0)" }

    private let kind: Elementwise.Kind

    init(_ config: LayerConfig) throws {
        let isFunction = config.className == "TFOpLambda"
        let name = isFunction ? try config.optionalString("function") ?? "" : config.className
        guard let kind = isFunction ? Self.functions[name] : Self.operations[name] else {
            throw config.unsupported("the function '\(name)' is not known")
        }
        self.kind = kind
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        if inputs.count == 2 { return [try lowering.push(.elementwise(Elementwise(kind)), inputs)] }
        let arguments = lowering.arguments
        let operands = (0..<2).map { arguments.argument($0 == 0 ? ["x", "x1"] : ["y", "x2"], at: $0) }
        let numbers = operands.compactMap { $0?.constant?.number }
        guard inputs.count == 1, numbers.count == 1, let number = numbers.first else {
            throw SparsifyError(.unsupported, "it combines its input with something that is no number")
        }
        let isFirst = operands[0]?.constant != nil
        switch kind {
        case .add: return [try lowering.push(.affine(Affine(shift: number)), inputs)]
        case .multiply: return [try lowering.push(.affine(Affine(scale: number)), inputs)]
        case .subtract where isFirst: return [try lowering.push(.affine(Affine(scale: -1, shift: number)), inputs)]
        case .subtract: return [try lowering.push(.affine(Affine(shift: -number)), inputs)]
        default:
            let constant = try lowering.push(.constant(Constant([number], extents: [])), inputs)
            let pair = isFirst ? [constant, inputs[0]] : [inputs[0], constant]
            return [try lowering.push(.elementwise(Elementwise(kind)), pair)]
        }
    }
}
