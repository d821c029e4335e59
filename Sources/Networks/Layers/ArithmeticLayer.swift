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
        guard inputs.count == 1, lowering.scalarCount == 1 else {
            throw LayerConfig(path: lowering.layer, className: "", fields: [:])
                .unsupported("it combines its input with something that is no number")
        }
        switch kind {
        case .add, .subtract: return [try lowering.push(.affine(Affine(hasScale: false)), inputs)]
        case .multiply: return [try lowering.push(.affine(Affine(hasShift: false)), inputs)]
        default: return [try lowering.push(.activation(Activation(kind.rawValue)), inputs)]
        }
    }
}
