internal import Tensors

/// A sum of products of two values, neither of them a parameter: attention scores and what they weigh.
///
/// Axes are labelled by numbers; a label that the output lacks is summed over.
public struct ValueProduct: Sendable, Hashable {
    public var left: [Int]
    public var right: [Int]
    public var output: [Int]
    /// What each output is multiplied by, one multiplication more; nil: nothing.
    public var scale: Double?

    public init(left: [Int], right: [Int], output: [Int], scale: Double? = nil) {
        self.left = left
        self.right = right
        self.output = output
        self.scale = scale
    }

    private func extents(_ left: Extents, _ right: Extents) throws(SparsifyError) -> [Int: Int?] {
        guard left.count == self.left.count, right.count == self.right.count else {
            throw SparsifyError(.malformed, "There is no such product of values of shapes \(left.text), \(right.text).")
        }
        var result: [Int: Int?] = [:]
        for (label, extent) in zip(self.left + self.right, left + right) {
            if let known = result[label], let known, let extent, known != extent {
                throw SparsifyError(
                    .malformed, "A product is asked for of values of shapes \(left.text) and \(right.text).")
            }
            if let known = result[label], known != nil { continue }
            result[label] = .some(extent)
        }
        return result
    }
}

extension ValueProduct: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard inputs.count == 2, let first = inputs[0].extents, let second = inputs[1].extents else {
            throw SparsifyError(.malformed, "A product of two values was given \(inputs.count).")
        }
        let extents = try extents(first, second)
        return [Value(extents: output.map { extents[$0] ?? nil }, copies: inputs[0].copies)]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let extents = try extents(step.inputs[0], step.inputs[1])
        let summed = Set(left + right).subtracting(output).sorted().map { extents[$0] ?? nil }
        guard let terms = try summed.elementCount(OperationCounts.what), terms > 0 else { return nil }
        return try step.perElement(
            multiplications: try Checked.add(terms, scale == nil ? 0 : 1, OperationCounts.what), additions: terms - 1)
    }
}
