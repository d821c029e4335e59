internal import Tensors

/// The same elements in the same order, under other extents.
public struct Reshape: Sendable, Hashable {
    /// The new extents; one at most is −1 and follows from the others.
    public var target: [Int]

    public init(_ target: [Int]) { self.target = target }
}

extension Reshape: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        let what = "number of elements of a reshaped value"
        guard target.allSatisfy({ $0 >= -1 }), target.count(where: { $0 == -1 }) <= 1 else {
            throw SparsifyError(.malformed, "There is no shape \(target) to reshape to.")
        }
        var known = 1
        for extent in target where extent >= 0 { known = try Checked.multiply(known, extent, what) }
        guard let count = try value.elementCount(what) else {
            return [with(target.map { $0 < 0 ? nil : $0 })]
        }
        let hasWildcard = target.contains(-1)
        guard hasWildcard ? (known > 0 && count % known == 0) : known == count else {
            throw SparsifyError(.malformed, "A value of shape \(value.text) cannot be reshaped to \(target).")
        }
        return [with(target.map { $0 < 0 ? count / known : $0 })]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
