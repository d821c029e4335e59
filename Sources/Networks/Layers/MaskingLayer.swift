/// Steps whose features all have one value do not count: they come out as zeros, and with a mask.
struct MaskingLayer: LayerKind {
    static let names = ["Masking"]

    private let value: Double

    init(_ config: LayerConfig) throws { value = try config.number("mask_value", default: 0) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let rank = lowering.extents(inputs[0]).count
        guard rank > 0 else { throw lowering.failure("It takes a value with features.") }
        let differs = try lowering.combine(.notEqual, inputs[0], value)
        let mask = try lowering.reduce(.maximum, differs, axes: [rank - 1])
        let output = try lowering.replacing(unmasked: inputs[0], mask, with: 0)
        lowering.setMask(mask, of: output)
        return [output]
    }
}
