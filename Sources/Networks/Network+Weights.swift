internal import Tensors

extension Network {
    /// Elements of all weights, and in how many products of one example they take part; zeros where that is not known.
    public var weightUse: (weights: Int, products: Int) {
        let weights = layers.reduce(0) { sum, layer in
            layer.parameters.reduce(sum) { $0 + ($1.role.purpose == .weight ? $1.shape?.elementCount ?? 0 : 0) }
        }
        guard let counts = try? operationCounts().dense else { return (weights, 0) }
        return (weights, counts.multiplications)
    }

    /// Whether a layer carries its state from batch to batch.
    public var isStateful: Bool {
        program.steps.contains { step in
            switch step.primitive {
            case .recurrence(let primitive): primitive.isStateful
            case .convolutionalRecurrence(let primitive): primitive.isStateful
            default: false
            }
        }
    }
}
