/// A named activation function as a layer.
struct ActivationLayer: LayerKind {
    static let names = ["Activation"]

    private let activation: Activation?

    init(_ config: LayerConfig) throws { activation = try config.activation() }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.activate(activation, inputs[0])]
    }
}
