/// A layer applied to each element of the first axis.
struct TimeDistributedLayer: LayerKind {
    static let names = ["TimeDistributed"]

    private let inner: any LayerKind

    init(_ config: LayerConfig) throws { inner = try LayerKinds.wrapped("layer", of: config).kind }

    var parameters: [ParameterRole] { inner.parameters.map { $0.within("", group: "layer") } }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count == 1 else { throw lowering.failure("It takes 1 input, not \(inputs.count).") }
        let steps = lowering.extents(inputs[0]).first ?? nil
        let single = try lowering.push(.batching(Batching(.fold)), inputs)
        let results = try inner.lower([single], into: &lowering)
        return try results.map { try lowering.push(.batching(Batching(.unfold(steps))), [$0]) }
    }
}
