/// A layer applied to each element of the first axis.
struct TimeDistributedLayer: LayerKind {
    static let names = ["TimeDistributed"]

    private let inner: any LayerKind

    init(_ config: LayerConfig) throws {
        inner = try LayerKinds.kind(LayerKinds.configuration("layer", of: config))
    }

    var carriesMask: Bool { true }

    var parameters: [ParameterRole] { inner.parameters.map { $0.within("", group: "layer") } }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count == 1 else { throw lowering.failure("It takes 1 input, not \(inputs.count).") }
        let (single, steps) = try lowering.fold(inputs[0], mask: lowering.call(mask: inputs[0]))
        let results = try lowering.nested([single]) { try inner.lower([single], into: &$0) }
        return try results.map { try lowering.unfold($0, steps) }
    }
}

extension Lowering {
    /// The elements of the first axis as examples of their own, each with its part of the mask, if it has one; and how
    /// many there are.
    mutating func fold(_ value: ValueID, mask: ValueID?) throws -> (single: ValueID, steps: Int?) {
        let single = try push(.batching(Batching(.fold)), [value])
        if let mask, extents(mask).count > 1 {
            setMask(try push(.batching(Batching(.fold)), [mask]), of: single)
        }
        return (single, extents(value).first ?? nil)
    }

    mutating func unfold(_ value: ValueID, _ steps: Int?) throws -> ValueID {
        try push(.batching(Batching(.unfold(steps))), [value])
    }
}
