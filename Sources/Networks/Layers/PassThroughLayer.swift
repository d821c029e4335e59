/// Layers that act in training alone, or on masks that travel beside the values.
struct PassThroughLayer: LayerKind {
    static let names = [
        "ActivityRegularization", "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "Identity",
        "RandomBrightness", "RandomContrast", "RandomFlip", "RandomRotation", "RandomTranslation", "RandomZoom",
        "SpatialDropout1D", "SpatialDropout2D", "SpatialDropout3D",
    ]

    init(_ config: LayerConfig) {}

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) -> [ValueID] { inputs }
}
