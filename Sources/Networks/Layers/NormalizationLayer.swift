internal import Tensors

/// The preprocessing layer: takes off a mean and divides by a deviation, both adapted to data or given.
struct NormalizationLayer: LayerKind {
    static let names = ["Normalization"]

    private let axes: [Int]
    private let inverts: Bool
    /// Mean and variance, where the configuration has them.
    private let given: (mean: NumberGrid, variance: NumberGrid)?
    /// As Keras has it, what a deviation is at least.
    private static let epsilon = 1e-7

    init(_ config: LayerConfig) throws {
        axes = config.fields["axis"]?.isNull == true ? [] : try config.integerList("axis") ?? [-1]
        inverts = try config.bool("invert", default: false)
        let mean = try config.grid("mean") ?? config.grid("input_mean")
        let variance = try config.grid("variance") ?? config.grid("input_variance")
        guard (mean == nil) == (variance == nil) else {
            throw config.failure("it has one of 'mean' and 'variance', not both.")
        }
        if let mean, let variance { given = (mean, variance) } else { given = nil }
    }

    private var isGiven: Bool { given != nil }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        isGiven
            ? []
            : roles([("mean", .statistics, .none), ("variance", .statistics, .none), ("count", .state, .none)])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let positions = Set(try axes.map { try extents.position(ofKerasAxis: $0) }).sorted()
        let dimensions = try positions.map { try lowering.fixed(extents[$0]) }
        let source = Affine.Source.meanAndVariance(epsilon: Self.epsilon, inverts: inverts)
        guard let given else {
            let references = [
                try lowering.parameter("mean", dimensions), try lowering.parameter("variance", dimensions),
            ]
            _ = try lowering.parameter("count", [])
            return [try lowering.push(.affine(Affine(source, axes: positions)), inputs, references)]
        }
        let mean = try given.mean.broadcast(to: dimensions)
        let variance = try given.variance.broadcast(to: dimensions)
        let (scale, shift) = try Affine(source).folded([mean, variance])
        return [try lowering.push(.affine(Affine(.constants(scale: scale, shift: shift), axes: positions)), inputs)]
    }
}
