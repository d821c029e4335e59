internal import Tensors

/// Moves the first axis (time) into the batch, so that what follows works on each of its elements alone; or back.
public struct Batching: Sendable, Hashable {
    public enum Direction: Sendable, Hashable {
        case fold
        /// Back to an axis of this extent, nil where it is open.
        case unfold(Int?)
    }

    public var direction: Direction

    public init(_ direction: Direction) { self.direction = direction }
}

extension Batching: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard inputs.count == 1, let extents = inputs[0].extents else {
            throw SparsifyError(.malformed, "A layer over time takes one input, not \(inputs.count).")
        }
        let copies = inputs[0].copies
        switch direction {
        case .fold:
            guard let steps = extents.first else {
                throw SparsifyError(.malformed, "A layer over time was given a value without axes.")
            }
            var product: Int?
            if let copies, let steps { product = try Checked.multiply(copies, steps, "number of time steps") }
            return [Value(extents: Array(extents.dropFirst()), copies: product)]
        case .unfold(let steps):
            // Where the extent was open, all copies are those of one axis.
            let steps = steps ?? copies
            let inner = copies.flatMap { copies in steps.flatMap { $0 > 0 ? copies / $0 : nil } }
            return [Value(extents: [steps] + extents, copies: inner)]
        }
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
