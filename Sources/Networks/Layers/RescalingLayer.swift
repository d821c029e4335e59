/// The preprocessing layer: a scale and an offset for all elements, or one of each for each channel.
struct RescalingLayer: LayerKind {
    static let names = ["Rescaling"]

    private let primitive: Affine

    init(_ config: LayerConfig) {
        primitive = Affine(
            hasScale: config.value("scale")?.number != 1, hasShift: (config.value("offset")?.number ?? 1) != 0)
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.affine(primitive), inputs)]
    }
}
