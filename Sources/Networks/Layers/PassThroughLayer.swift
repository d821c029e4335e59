/// Layers that act in training alone, on what is learned from or on the loss.
struct PassThroughLayer: LayerKind {
    static let names = [
        "ActivityRegularization", "AugMix", "CutMix", "Equalization", "Identity", "MixUp", "RandAugment",
        "RandomBrightness", "RandomColorDegeneration",
        "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing", "RandomFlip",
        "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert", "RandomPerspective",
        "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness", "RandomShear",
        "RandomTranslation", "RandomWidth", "RandomZoom", "Solarization",
    ]

    /// Whether it changes examples at random.
    let isAugmentation: Bool

    init(_ config: LayerConfig) {
        isAugmentation = !["ActivityRegularization", "Identity"].contains(config.className)
    }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) -> [ValueID] { inputs }
}
