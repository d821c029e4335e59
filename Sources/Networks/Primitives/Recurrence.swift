internal import Tensors

/// A recurrent cell over the first axis (time) of a (steps, features) value. Parameters: the kernel (features, gates ·
/// units), the recurrent kernel (units, gates · units) and, with `hasBias`, the bias.
///
/// Inputs: the value; with `hasMask`, a (steps) value that is 0 where a step is passed over; with `hasInitialState`, the
/// states to begin with (hidden, and for LSTM the cell's).
///
/// Outputs: the state after the last step or after each, and with `returnsState` the last states. With `goesBackwards`
/// steps (and the mask) are taken from the last to the first, and the outputs stand in that order too.
///
/// A step that is passed over leaves all states as they are; its output is that of the step before (at the beginning:
/// zeros), or zeros with `zeroesMaskedOutputs`, also where only the last step's is returned.
///
/// With a = x · kernel, b = h · recurrent kernel (the bias within a), φ `activation`, ρ `recurrentActivation`:
/// - `simple`: h' = φ(a + b).
/// - `lstm`, columns i, f, c, o: c' = ρ(a_f + b_f) · c + ρ(a_i + b_i) · φ(a_c + b_c); h' = ρ(a_o + b_o) · φ(c').
/// - `gru`, columns z, r, h: z = ρ(a_z + b_z), r = ρ(a_r + b_r), h' = z · h + (1 − z) · n; where it resets after,
///   n = φ(a_h + r · (b_h + second bias)), else n = φ(a_h + (r · h) · recurrent kernel_h).
///
/// The bias is (gates · units); of a GRU that resets after, (2, 3 · units): the first row is added to a, the second
/// to b. With `sumsTwoBiases` it is (2 · gates · units), the first half added to a, the second to b.
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
    public var activation: Activation
    /// Of the gates.
    public var recurrentActivation: Activation
    public var hasMask = false
    public var hasInitialState = false
    /// Whether the output of a step that is passed over is zero instead of that of the step before.
    public var zeroesMaskedOutputs = false
    /// Whether there is a bias for each of the two products, as cuDNN has it, one behind the other.
    public var sumsTwoBiases = false
    /// Whether the state of one batch is where the next begins.
    public var isStateful = false
    /// The share of the hidden state that is dropped before each step, the same elements in all; only networks that are made
    /// for training have it.
    public var stateDropout = 0.0

    public init(
        _ cell: Cell, units: Int, hasBias: Bool, returnsSequences: Bool, returnsState: Bool = false,
        goesBackwards: Bool = false, activation: Activation = Activation("tanh"),
        recurrentActivation: Activation = Activation("sigmoid")
    ) {
        self.cell = cell
        self.units = units
        self.hasBias = hasBias
        self.returnsSequences = returnsSequences
        self.returnsState = returnsState
        self.goesBackwards = goesBackwards
        self.activation = activation
        self.recurrentActivation = recurrentActivation
    }

    /// States that the cell carries from step to step.
    public var stateCount: Int { cell == .lstm ? 2 : 1 }

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
        let more = (hasMask ? 1 : 0) + (hasInitialState ? stateCount : 0)
        guard inputs.count == 1 + more else {
            throw SparsifyError(.malformed, "A recurrent layer takes \(1 + more) inputs, not \(inputs.count).")
        }
        let state = Value(extents: [units], copies: first.copies)
        var results = [returnsSequences ? Value(extents: [extents[0], units], copies: first.copies) : state]
        if returnsState { results += Array(repeating: state, count: stateCount) }
        return results
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        guard let steps = step.inputs[0][0] else { return nil }
        var hasSecondBias = hasBias && sumsTwoBiases
        if case .gru(resetsAfter: true) = cell { hasSecondBias = hasBias }
        guard let input = try step.products(step.weights[0], positions: steps, hasBias: hasBias),
            let recurrent = try step.products(step.weights[1], positions: steps, hasBias: hasSecondBias)
        else { return nil }
        return try input.adding(recurrent).adding(perUnit.times(units).times(steps))
    }
}
