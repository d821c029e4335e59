@testable import Networks

/// Each vector less its mean, times a learned scale for each channel; an example.
struct CentringLayer: LayerKind {
    static let names = ["mine>Centring"]

    private let hasScale: Bool

    init(_ config: LayerConfig) throws {
        hasScale = try config.bool("use_scale", default: true)
    }

    var parameters: [ParameterRole] { roles([hasScale ? ("scale", .normalisation, .none) : nil]) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let last = lowering.extents(inputs[0]).count - 1
        let depth = try lowering.channels(inputs[0], .last)
        let mean = try lowering.reduce(.average, inputs[0], axes: [last], keepsAxes: true)
        let centred = try lowering.combine(.subtract, inputs[0], mean)
        guard hasScale else { return [centred] }
        let scale = try lowering.parameter("scale", [depth])
        return [try lowering.push(.affine(Affine(.scale, axes: [last])), [centred], [scale])]
    }
}
