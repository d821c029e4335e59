/// The spatial axes stretched by whole factors.
struct UpSamplingLayer: LayerKind {
    static let names = ["UpSampling1D", "UpSampling2D", "UpSampling3D"]

    private let primitive: Resampling

    init(_ config: LayerConfig) throws {
        let name = try config.optionalString("interpolation") ?? "nearest"
        guard let interpolation = Resampling.Interpolation(rawValue: name) else {
            throw config.unsupported("the interpolation '\(name)' is not covered")
        }
        primitive = Resampling(
            factors: try config.integers("size", count: config.rank(), default: 2), interpolation: interpolation,
            channels: try config.channels())
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.resampling(primitive), inputs)]
    }
}
