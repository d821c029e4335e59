/// InceptionResNetV2's residual: the first input, plus the second times a constant.
struct CustomScaleLayer: LayerKind {
    static let names = ["CustomScaleLayer", "Custom>CustomScaleLayer"]

    private let scale: Double

    init(_ config: LayerConfig) throws { scale = try config.number("scale", default: 1) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count == 2 else { throw lowering.failure("It takes 2 inputs, not \(inputs.count).") }
        return [try lowering.push(.elementwise(Elementwise(.addScaled(scale))), inputs)]
    }
}
