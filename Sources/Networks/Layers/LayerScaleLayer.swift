/// ConvNeXt's scale for each channel.
struct LayerScaleLayer: LayerKind {
    static let names = ["LayerScale", "Custom>LayerScale"]

    private let depth: Int

    init(_ config: LayerConfig) throws {
        depth = try config.integer("projection_dim")
    }

    var parameters: [ParameterRole] { roles([("gamma", .normalisation, .none)]) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let gamma = try lowering.parameter("gamma", [depth])
        return [try lowering.push(.affine(Affine(.scale, axes: [max(extents.count - 1, 0)])), inputs, [gamma])]
    }
}
