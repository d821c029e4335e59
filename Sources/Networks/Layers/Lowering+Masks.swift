internal import Tensors

/// Keras's masks: beside a value travels another that says which of its elements count.
extension Lowering {
    /// The mask that the call gives explicitly, under the argument `mask`.
    func explicitMask() -> ValueID? { arguments.tensor("mask") }

    /// The mask of the call's input: the one given, else the one that came with the value.
    func call(mask input: ValueID) -> ValueID? { explicitMask() ?? mask(of: input) }

    /// A mask over the leading axes of a value with axes of extent 1 behind, so that it broadcasts over the value.
    mutating func spread(_ mask: ValueID, over value: ValueID) throws -> ValueID {
        let missing = extents(value).count - extents(mask).count
        guard missing > 0 else { return mask }
        return try inserting(axes: Array(repeating: extents(mask).count, count: missing), into: mask)
    }

    /// A mask that broadcasts over a value from the last axis.
    ///
    /// - Throws: `malformed` where it does not fit.
    func broadcastable(_ mask: ValueID, to value: ValueID) throws -> ValueID {
        let (inner, outer) = (extents(mask), extents(value))
        var fits = inner.count <= outer.count
        for (a, b) in zip(inner.reversed(), outer.reversed()) {
            if let a, let b, a != 1, a != b { fits = false }
        }
        guard fits else { throw failure("A mask of shape \(inner.text) does not fit a value of shape \(outer.text).") }
        return mask
    }

    /// A softmax over what counts.
    ///
    /// - Parameter leavesNothing: whether the rest comes out as zeros also where nothing counts, instead of even.
    mutating func softmax(
        _ activation: Activation, _ value: ValueID, mask: ValueID?, leavesNothing: Bool
    ) throws -> ValueID {
        let result = try activate(activation, value, mask: mask)
        guard leavesNothing, let mask else { return result }
        return try push(.elementwise(Elementwise(.select)), [mask, result, constant(0, with: result)])
    }

    /// Where both hold, or the one that is given.
    mutating func both(_ first: ValueID?, _ second: ValueID?) throws -> ValueID? {
        guard let first, let second else { return first ?? second }
        return first == second ? first : try push(.elementwise(Elementwise(.and)), [first, second])
    }

    mutating func either(_ first: ValueID, _ second: ValueID) throws -> ValueID {
        first == second ? first : try push(.elementwise(Elementwise(.or)), [first, second])
    }

    /// A value with a number in place of the elements that do not count.
    mutating func replacing(unmasked value: ValueID, _ mask: ValueID, with number: Double) throws -> ValueID {
        let other = try constant(number, with: value)
        return try push(.elementwise(Elementwise(.select)), [spread(mask, over: value), value, other])
    }
}
