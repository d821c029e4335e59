/// A rectifier with a learned slope for each element, or shared along some axes.
struct PReLULayer: LayerKind {
    static let names = ["PReLU"]

    private let sharedAxes: [Int]

    init(_ config: LayerConfig) throws { sharedAxes = try config.integerList("shared_axes") ?? [] }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] { roles([("alpha", .activation, .none)]) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let shared = Set(try sharedAxes.map { try extents.position(ofKerasAxis: $0) })
        let dimensions = try extents.enumerated().map { shared.contains($0) ? 1 : try lowering.fixed($1) }
        let alpha = try lowering.parameter("alpha", dimensions)
        return [try lowering.push(.activation(Activation("prelu")), inputs, [alpha])]
    }
}
