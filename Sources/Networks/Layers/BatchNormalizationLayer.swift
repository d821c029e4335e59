/// Normalisation by stored statistics.
struct BatchNormalizationLayer: LayerKind {
    static let names = ["BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2", "SyncBatchNormalization"]

    private let axis: Int
    private let hasScale: Bool
    private let hasCentre: Bool
    private let epsilon: Double

    init(_ config: LayerConfig) throws {
        let axes = try config.integerList("axis") ?? [-1]
        guard axes.count == 1 else { throw config.unsupported("it normalises along several axes") }
        axis = axes[0]
        hasScale = try config.bool("scale", default: true)
        hasCentre = try config.bool("center", default: true)
        epsilon = try config.number("epsilon", default: 1e-3)
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        roles([
            hasScale ? ("gamma", .normalisation, .none) : nil,
            hasCentre ? ("beta", .normalisation, .none) : nil,
            ("moving_mean", .statistics, .none),
            ("moving_variance", .statistics, .none),
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let position = try extents.position(ofKerasAxis: axis)
        let depth = try lowering.fixed(extents[position])
        let references = try parameters.map { try lowering.parameter($0.name, [depth]) }
        let source = Affine.Source.batchStatistics(hasGamma: hasScale, hasBeta: hasCentre, epsilon: epsilon)
        return [try lowering.push(.affine(Affine(source, axes: [position])), [inputs[0]], references)]
    }
}
