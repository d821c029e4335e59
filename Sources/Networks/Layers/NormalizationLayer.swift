/// The preprocessing layer: takes off a mean and divides by a deviation, both adapted to data or given.
struct NormalizationLayer: LayerKind {
    static let names = ["Normalization"]

    private let axes: [Int]
    private let isGiven: Bool

    init(_ config: LayerConfig) throws {
        axes = config.fields["axis"]?.isNull == true ? [] : try config.integerList("axis") ?? [-1]
        isGiven = config.value("mean") != nil || config.value("input_mean") != nil
    }

    var parameters: [ParameterRole] {
        isGiven
            ? []
            : roles([("mean", .statistics, .none), ("variance", .statistics, .none), ("count", .state, .none)])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let positions = try axes.map { try extents.position(ofKerasAxis: $0) }
        var references: [ParameterReference] = []
        if !isGiven {
            let dimensions = try positions.map { try lowering.fixed(extents[$0]) }
            references = [
                try lowering.parameter("mean", dimensions), try lowering.parameter("variance", dimensions),
            ]
            _ = try lowering.parameter("count", [])
        }
        return [try lowering.push(.affine(Affine(axes: positions)), inputs, references)]
    }
}
