/// Activation functions that are layers of their own, with their arguments.
struct ActivationFunctionLayer: LayerKind {
    private static let functions = [
        "ReLU": "relu", "LeakyReLU": "leaky_relu", "ELU": "elu", "Softmax": "softmax",
        "ThresholdedReLU": "thresholded_relu",
    ]
    static let names = functions.keys.sorted()

    private let activation: Activation

    init(_ config: LayerConfig) {
        var arguments = config.fields
        for key in ["name", "trainable", "dtype", "batch_input_shape", "batch_shape"] { arguments[key] = nil }
        activation = Activation(Self.functions[config.className] ?? config.className, arguments: arguments).canonical()
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        // A softmax may come with a mask.
        [try lowering.activate(activation, inputs[0])]
    }
}
