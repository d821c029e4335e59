/// Dropout and its kin: nothing, but in a network that is made for training.
struct NoiseLayer: LayerKind {
    static let names = [
        "AlphaDropout", "Dropout", "GaussianDropout", "GaussianNoise", "SpatialDropout1D", "SpatialDropout2D",
        "SpatialDropout3D",
    ]

    private let noise: Noise?
    /// Axes of the value, without the examples', whose elements share their fate: all but the channels.
    private let channels: ChannelAxis?

    /// What the configuration says matters in training alone: where it makes no sense, the layer does nothing.
    init(_ config: LayerConfig) {
        func number(_ names: [String]) -> Double? { names.lazy.compactMap { config.fields[$0]?.number }.first }
        let name = config.className
        let kind: Noise.Kind =
            switch name {
            case "AlphaDropout": .alphaDropout
            case "GaussianDropout": .gaussianFactor
            case "GaussianNoise": .gaussianTerm
            default: .dropout
            }
        let amount = number(kind == .gaussianTerm ? ["stddev", "sigma"] : ["rate", "p"]) ?? 0
        let isSense = amount > 0 && (kind == .gaussianTerm ? amount.isFinite : amount < 1)
        let shared = (config.fields["noise_shape"]?.array ?? []).enumerated().filter { $1.integer == 1 }.map(\.offset)
        noise = isSense ? Noise(kind, amount: amount, sharedAxes: shared) : nil
        channels = name.hasPrefix("Spatial") ? (try? config.channels()) ?? .last : nil
    }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard lowering.keepsNoise, var noise else { return inputs }
        let rank = lowering.extents(inputs[0]).count
        if let channels, rank > 0 { noise.sharedAxes = Array(channels == .last ? 1..<rank : 2..<rank + 1) }
        return [try lowering.push(.noise(noise), inputs)]
    }
}
