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
        return [try lowering.push(.elementwise(Elementwise(kind)), inputs)]
    }
}
