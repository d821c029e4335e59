/// Activation functions that are layers of their own, with their arguments.
struct ActivationFunctionLayer: LayerKind {
    private static let functions = [
        "ReLU": "relu", "LeakyReLU": "LeakyReLU", "ELU": "elu", "Softmax": "softmax",
        "ThresholdedReLU": "thresholded_relu",
    ]
    static let names = functions.keys.sorted()

    private let activation: Activation

    init(_ config: LayerConfig) {
        let name = Self.functions[config.className] ?? config.className
        activation = LayerConfig.activation(name, config.fields, config.dialect)
    }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard activation.name == "softmax" else { return [try lowering.activate(activation, inputs[0])] }
        guard let given = lowering.call(mask: inputs[0]) else { return [try lowering.activate(activation, inputs[0])] }
        let mask = try lowering.combine(.greater, lowering.broadcastable(given, to: inputs[0]), 0.5)
        return [try lowering.softmax(activation, inputs[0], mask: mask, leavesNothing: lowering.dialect == .keras3)]
    }
}
