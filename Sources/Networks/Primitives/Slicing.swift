internal import Tensors

/// Every `step`-th element along one axis, from `start` on; a negative step goes backwards.
public struct Slicing: Sendable, Hashable {
    /// Position among the extents.
    public var axis: Int
    public var start: Int
    public var count: Int
    public var step: Int

    public init(axis: Int, start: Int, count: Int, step: Int = 1) {
        self.axis = axis
        self.start = start
        self.count = count
        self.step = step
    }
}

extension Slicing: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        guard value.indices.contains(axis), count >= 0, start >= 0 else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) has no axis \(axis) to slice.")
        }
        let what = "end of a slice"
        let last = count == 0 ? start : try Checked.add(start, try Checked.multiply(count - 1, step, what), what)
        if let extent = value[axis], count > 0, !(0..<extent).contains(start) || !(0..<extent).contains(last) {
            throw SparsifyError(.malformed, "A slice from \(start) to \(last) does not fit an extent of \(extent).")
        }
        var result = value
        result[axis] = count
        return [with(result)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
