/// Values laid end to end along one axis.
struct ConcatenateLayer: LayerKind {
    static let names = ["Concatenate"]

    private let axis: Int

    init(_ config: LayerConfig) throws { axis = try config.integer("axis", default: -1, in: -64...64) }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let position = try lowering.extents(inputs[0]).position(ofKerasAxis: axis)
        let output = try lowering.push(.concatenation(Concatenation(axis: position)), inputs)
        let masks = inputs.map { lowering.mask(of: $0) }
        if masks.contains(where: { $0 != nil }) {
            lowering.setMask(try merged(inputs, masks, axis: position, &lowering), of: output)
        }
        return [output]
    }

    /// The masks laid end to end as the values are, then over the last axis: of any element (Keras 3), or all (Keras 2).
    private func merged(
        _ inputs: [ValueID], _ masks: [ValueID?], axis: Int, _ lowering: inout Lowering
    ) throws -> ValueID {
        var full: [ValueID] = []
        for (input, mask) in zip(inputs, masks) {
            let ones = try lowering.filled(1, like: input)
            full.append(try mask.map { try lowering.replacing(unmasked: ones, $0, with: 0) } ?? ones)
        }
        let joined = try lowering.concatenate(full, axis: axis)
        let last = lowering.extents(joined).count - 1
        return try lowering.reduce(lowering.dialect == .keras3 ? .maximum : .minimum, joined, axes: [last])
    }
}
