internal import Tensors

/// Two or more values combined element by element; shorter ones (their axes are the last ones) and extents of 1 are
/// repeated. With more than two values, they are combined from the left; an average divides the sum by their number.
public struct Elementwise: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        case add, subtract, multiply, average, maximum, minimum
        /// As Python has them: the quotient is rounded down, and the remainder has the divisor's sign.
        case divide, floorDivide, remainder, power
        /// The first, plus the second times a constant.
        case addScaled(Double)
        /// 1 where it holds, else 0; in `and`, `or` and `exclusiveOr` whatever is not 0 holds.
        case equal, notEqual, greater, greaterOrEqual, less, lessOrEqual, and, or, exclusiveOr
        /// Of three values: the second where the first is not 0, else the third.
        case select
    }

    public var kind: Kind

    public init(_ kind: Kind) { self.kind = kind }
}

extension Elementwise: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard let first = inputs.first, var result = first.extents else {
            throw SparsifyError(.malformed, "A layer that combines values was given none.")
        }
        for value in inputs.dropFirst() { result = try Self.broadcast(result, value.extents ?? []) }
        return [Value(extents: result, copies: first.copies)]
    }

    /// Keras keeps the batch axis first: the shorter shape is filled up behind it.
    private static func broadcast(_ a: Extents, _ b: Extents) throws(SparsifyError) -> Extents {
        let (short, long) = a.count < b.count ? (a, b) : (b, a)
        let filled = Extents(repeating: 1, count: long.count - short.count) + short
        var result: Extents = []
        for (x, y) in zip(filled, long) {
            if x == 1 {
                result.append(y)
            } else if y == 1 || x == y {
                result.append(x)
            } else if x == nil || y == nil {
                result.append(x ?? y)
            } else {
                throw SparsifyError(.malformed, "Values of shapes \(a.text) and \(b.text) cannot be combined.")
            }
        }
        return result
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let joins = step.inputs.count - 1
        return switch kind {
        case .add, .subtract: try step.perElement(additions: joins)
        case .multiply: try step.perElement(multiplications: joins)
        case .average: try step.perElement(multiplications: 1, additions: joins)
        case .addScaled: try step.perElement(multiplications: 1, additions: 1)
        default: .zero
        }
    }
}
