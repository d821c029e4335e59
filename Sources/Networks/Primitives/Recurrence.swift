internal import Tensors

/// A recurrent cell over the first axis (time) of a (steps, features) value. Parameters: the kernel (features, gates ·
/// units), the recurrent kernel (units, gates · units) and, with `hasBias`, the bias.
///
/// Outputs: the state after the last step or after each, and with `returnsState` the last states.
public struct Recurrence: Sendable, Hashable {
    public enum Cell: Sendable, Hashable {
        case simple
        case lstm
        /// `resetsAfter`: the reset gate acts after the product with the recurrent kernel, with a bias of its own.
        case gru(resetsAfter: Bool)
    }

    public var cell: Cell
    public var units: Int
    public var hasBias: Bool
    public var returnsSequences: Bool
    public var returnsState: Bool
    public var goesBackwards: Bool

    public init(
        _ cell: Cell, units: Int, hasBias: Bool, returnsSequences: Bool, returnsState: Bool = false,
        goesBackwards: Bool = false
    ) {
        self.cell = cell
        self.units = units
        self.hasBias = hasBias
        self.returnsSequences = returnsSequences
        self.returnsState = returnsState
        self.goesBackwards = goesBackwards
    }

    /// Blocks of `units` columns in the kernels.
    public var gates: Int {
        switch cell {
        case .simple: 1
        case .lstm: 4
        case .gru: 3
        }
    }

    /// What one step costs for each unit, besides the products with the two kernels and their biases: the sum of the
    /// two products in each gate, and the state's update.
    private var perUnit: OperationCounts {
        switch cell {
        case .simple: OperationCounts(multiplications: 0, additions: 1)
        // c = f·c + i·g, h = o·tanh(c)
        case .lstm: OperationCounts(multiplications: 3, additions: 4 + 1)
        // h = z·h + (1 − z)·n, and the reset gate's product
        case .gru: OperationCounts(multiplications: 3, additions: 3 + 2)
        }
    }
}

extension Recurrence: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard let first = inputs.first, let extents = first.extents, extents.count == 2 else {
            throw SparsifyError(.malformed, "A recurrent layer takes a value of steps and features.")
        }
        let state = Value(extents: [units], copies: first.copies)
        var results = [returnsSequences ? Value(extents: [extents[0], units], copies: first.copies) : state]
        if returnsState { results += Array(repeating: state, count: cell == .lstm ? 2 : 1) }
        return results
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        guard let steps = step.inputs[0][0] else { return nil }
        var hasSecondBias = false
        if case .gru(resetsAfter: true) = cell { hasSecondBias = hasBias }
        guard let input = try step.products(step.weights[0], positions: steps, hasBias: hasBias),
            let recurrent = try step.products(step.weights[1], positions: steps, hasBias: hasSecondBias)
        else { return nil }
        return try input.adding(recurrent).adding(perUnit.times(units).times(steps))
    }
}
