/// Several values combined element by element.
struct MergeLayer: LayerKind {
    private static let kinds: [String: Elementwise.Kind] = [
        "Add": .add, "Subtract": .subtract, "Multiply": .multiply, "Average": .average, "Maximum": .maximum,
        "Minimum": .minimum,
    ]
    static let names = kinds.keys.sorted()

    private let kind: Elementwise.Kind

    init(_ config: LayerConfig) throws {
        guard let kind = Self.kinds[config.className] else { throw config.failure("its class is not known.") }
        self.kind = kind
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard kind != .subtract || inputs.count == 2 else {
            throw lowering.failure("It takes 2 inputs, not \(inputs.count).")
        }
        let masks = inputs.map { lowering.mask(of: $0) }
        let hasMasks = masks.contains { $0 != nil }
        let output: ValueID
        if hasMasks, lowering.dialect == .keras3, kind == .maximum || kind == .minimum {
            return [try extremes(inputs, masks, &lowering)]
        } else if hasMasks, lowering.dialect == .keras3, kind == .multiply {
            output = try product(inputs, masks, &lowering)
        } else {
            output = try lowering.push(.elementwise(Elementwise(kind)), inputs)
        }
        lowering.setMask(try merged(masks, &lowering), of: output)
        return [output]
    }

    /// Keras 3 joins masks where all inputs have one; Keras 2 takes what is in all that there are.
    private func merged(_ masks: [ValueID?], _ lowering: inout Lowering) throws -> ValueID? {
        let given = masks.compactMap { $0 }
        guard var result = given.first, lowering.dialect == .keras2 || given.count == masks.count else { return nil }
        for mask in given.dropFirst() {
            result =
                try lowering.dialect == .keras3
                ? lowering.either(result, mask) : lowering.both(result, mask) ?? mask
        }
        return result
    }

    /// Elements that do not count are left out of the product; where none does, it is 0.
    private func product(_ inputs: [ValueID], _ masks: [ValueID?], _ lowering: inout Lowering) throws -> ValueID {
        var factors: [ValueID] = []
        for (input, mask) in zip(inputs, masks) {
            factors.append(try mask.map { try lowering.replacing(unmasked: input, $0, with: 1) } ?? input)
        }
        let product = try lowering.push(.elementwise(Elementwise(.multiply)), factors)
        guard let mask = try merged(masks, &lowering) else { return product }
        return try lowering.replacing(unmasked: product, mask, with: 0)
    }

    /// An element that does not count gives way to that of the other side.
    private func extremes(_ inputs: [ValueID], _ masks: [ValueID?], _ lowering: inout Lowering) throws -> ValueID {
        var output = inputs[0]
        var mask = masks[0]
        for (input, other) in zip(inputs, masks).dropFirst() {
            var right = input
            if let other { right = try select(other, right, output, &lowering) }
            if let mask { output = try select(mask, output, right, &lowering) }
            if let known = mask, let other { mask = try lowering.either(known, other) } else { mask = nil }
            output = try lowering.combine(kind, output, right)
        }
        lowering.setMask(mask, of: output)
        return output
    }

    private func select(
        _ mask: ValueID, _ first: ValueID, _ second: ValueID, _ lowering: inout Lowering
    ) throws -> ValueID {
        let condition = try lowering.spread(mask, over: first)
        return try lowering.push(.elementwise(Elementwise(.select)), [condition, first, second])
    }
}
