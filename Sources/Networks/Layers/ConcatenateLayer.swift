/// Values laid end to end along one axis.
struct ConcatenateLayer: LayerKind {
    static let names = ["Concatenate"]

    private let axis: Int

    init(_ config: LayerConfig) throws { axis = try config.integer("axis", default: -1, in: -64...64) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let position = try lowering.extents(inputs[0]).position(ofKerasAxis: axis)
        return [try lowering.push(.concatenation(Concatenation(axis: position)), inputs)]
    }
}
