/// Normalisation by the statistics of each example along some axes.
struct LayerNormalizationLayer: LayerKind {
    static let names = ["LayerNormalization", "RMSNormalization"]

    private let axes: [Int]
    private let hasScale: Bool
    private let hasCentre: Bool
    private let moment: Standardisation.Moment
    private let epsilon: Double

    init(_ config: LayerConfig) throws {
        let isRootMeanSquare = config.className.hasSuffix("RMSNormalization")
        axes = try config.integerList("axis") ?? [-1]
        let usesRootMeanSquare = try config.bool("rms_scaling", default: false)
        hasScale = try usesRootMeanSquare || config.bool("scale", default: true)
        hasCentre = try !isRootMeanSquare && !usesRootMeanSquare && config.bool("center", default: true)
        moment = isRootMeanSquare ? .meanSquare : usesRootMeanSquare ? .varianceUncentred : .variance
        epsilon = try config.number("epsilon", default: isRootMeanSquare ? 1e-6 : 1e-3)
    }

    var carriesMask: Bool { moment != .meanSquare }

    var parameters: [ParameterRole] {
        roles([
            hasScale ? (moment == .variance || hasCentre ? "gamma" : "scale", .normalisation, .none) : nil,
            hasCentre ? ("beta", .normalisation, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let positions = try Set(axes.map { try extents.position(ofKerasAxis: $0) }).sorted()
        let dimensions = try positions.map { try lowering.fixed(extents[$0]) }
        let references = try parameters.map { try lowering.parameter($0.name, dimensions) }
        let primitive = Standardisation(
            axes: positions, hasScale: hasScale, hasShift: hasCentre, moment: moment, epsilon: epsilon)
        return [try lowering.push(.standardisation(primitive), inputs, references)]
    }
}
