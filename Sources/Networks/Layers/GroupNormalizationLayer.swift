/// Normalisation by the statistics of groups of channels.
struct GroupNormalizationLayer: LayerKind {
    static let names = ["GroupNormalization"]

    private let groups: Int
    private let axis: Int
    private let hasScale: Bool
    private let hasCentre: Bool
    private let epsilon: Double

    init(_ config: LayerConfig) throws {
        groups = try config.integer("groups", default: 32, in: -1...Int.max)
        axis = try config.integer("axis", default: -1, in: -64...64)
        hasScale = try config.bool("scale", default: true)
        hasCentre = try config.bool("center", default: true)
        epsilon = try config.number("epsilon", default: 1e-3)
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        roles([
            hasScale ? ("gamma", .normalisation, .none) : nil,
            hasCentre ? ("beta", .normalisation, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let position = try extents.position(ofKerasAxis: axis)
        let depth = try lowering.fixed(extents[position])
        let references = try parameters.map { try lowering.parameter($0.name, [depth]) }
        let primitive = Standardisation(
            axes: Array(extents.indices), groups: groups < 1 ? max(depth, 1) : groups, channelAxis: position,
            hasScale: hasScale, hasShift: hasCentre, epsilon: epsilon)
        return [try lowering.push(.standardisation(primitive), inputs, references)]
    }
}
