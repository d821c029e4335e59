/// A matrix product along the last axis, kernel (inputs, units).
struct DenseLayer: LayerKind {
    static let names = ["Dense"]

    private let units: Int
    private let hasBias: Bool
    private let activation: Activation?

    init(_ config: LayerConfig) throws {
        units = try config.integer("units")
        hasBias = try config.bool("use_bias", default: true)
        activation = try config.activation()
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] {
        roles([
            ("kernel", .weight, OutputIndexing(axes: [1])),
            hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let depth = try lowering.channels(inputs[0], .last)
        var parameters = [try lowering.parameter("kernel", [depth, units])]
        if hasBias { parameters.append(try lowering.parameter("bias", [units])) }
        let product = Contraction(lastOf: extents.count, inputs: depth, units: units, hasBias: hasBias)
        return [try lowering.activate(activation, lowering.push(.contraction(product), inputs, parameters))]
    }
}
