/// The spatial axes stretched by whole factors.
struct UpSamplingLayer: LayerKind {
    static let names = ["UpSampling1D", "UpSampling2D", "UpSampling3D"]

    private let primitive: Resampling

    init(_ config: LayerConfig) throws {
        primitive = Resampling(
            try config.integers("size", count: config.rank(), default: 2).map { .factor($0) },
            interpolation: try config.interpolation(default: .nearest), channels: try config.channels())
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.resampling(primitive), inputs)]
    }
}

extension LayerConfig {
    /// How the layer finds values between those it has.
    func interpolation(default standard: Resampling.Interpolation) throws -> Resampling.Interpolation {
        guard let name = try optionalString("interpolation") else { return standard }
        guard let interpolation = Resampling.Interpolation(rawValue: name) else {
            throw unsupported("the interpolation '\(name)' is not covered")
        }
        return interpolation
    }
}
