internal import Tensors

/// An LSTM cell whose products are convolutions, over the first axis (time) of a (steps, spatial…, channels) value
/// (`channels` says where they are within a step). Parameters: the kernel (window…, channels, 4 · filters), the
/// recurrent kernel (recurrent window…, filters, 4 · filters) and, with `hasBias`, a bias of shape (4 · filters).
///
/// Of each step: z = convolution of the input by `window`, plus the bias, plus the convolution of the hidden state by
/// `recurrentWindow` (strides of 1, padding `same`). The channels of z are the gates i, f, c, o, each of `filters`:
/// c' = ρ(f) · c + ρ(i) · φ(z_c); h' = ρ(o) · φ(c'), with φ `activation` and ρ `recurrentActivation`. States begin as
/// zeros of the shape of the first convolution's output.
///
/// Inputs, outputs, masks and directions are those of `Recurrence`; the states have the shape of one step's output.
public struct ConvolutionalRecurrence: Sendable, Hashable {
    public var window: Window
    public var recurrentWindow: Window
    public var filters: Int
    public var channels: ChannelAxis
    public var hasBias: Bool
    public var returnsSequences: Bool
    public var returnsState: Bool
    public var goesBackwards: Bool
    public var activation: Activation
    /// Of the gates.
    public var recurrentActivation: Activation
    public var hasMask = false
    public var hasInitialState = false
    public var zeroesMaskedOutputs = false
    public var isStateful = false
    /// As in `Recurrence`.
    public var stateDropout = 0.0

    public init(
        window: Window, filters: Int, channels: ChannelAxis, hasBias: Bool, returnsSequences: Bool,
        returnsState: Bool = false, goesBackwards: Bool = false, activation: Activation = Activation("tanh"),
        recurrentActivation: Activation = Activation("sigmoid")
    ) {
        self.window = window
        recurrentWindow = Window(size: window.size, strides: window.size.map { _ in 1 }, padding: .same)
        self.filters = filters
        self.channels = channels
        self.hasBias = hasBias
        self.returnsSequences = returnsSequences
        self.returnsState = returnsState
        self.goesBackwards = goesBackwards
        self.activation = activation
        self.recurrentActivation = recurrentActivation
    }

    /// Extents of a state, and of the output of a step.
    private func state(_ extents: Extents) throws -> Extents {
        let spatial = try channels.split(Array(extents.dropFirst()), rank: window.size.count).spatial
        return channels.join(try window.outputs(spatial), channels: filters)
    }
}

extension ConvolutionalRecurrence: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        guard let first = inputs.first, let extents = first.extents, !extents.isEmpty else {
            throw SparsifyError(.malformed, "A recurrent layer takes a value of steps.")
        }
        let more = (hasMask ? 1 : 0) + (hasInitialState ? 2 : 0)
        guard inputs.count == 1 + more else {
            throw SparsifyError(.malformed, "A recurrent layer takes \(1 + more) inputs, not \(inputs.count).")
        }
        let state = Value(extents: try state(extents), copies: first.copies)
        let sequence = Value(extents: [extents[0]] + (state.extents ?? []), copies: first.copies)
        return [returnsSequences ? sequence : state] + (returnsState ? [state, state] : [])
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let what = OperationCounts.what
        let state = try state(step.inputs[0])
        let spatial = try channels.split(state, rank: window.size.count).spatial
        guard let steps = step.inputs[0][0], let places = try spatial.elementCount(what),
            let elements = try state.elementCount(what)
        else { return nil }
        let positions = try Checked.multiply(steps, places, what)
        guard let input = try step.products(step.weights[0], positions: positions, hasBias: hasBias),
            let recurrent = try step.products(step.weights[1], positions: positions, hasBias: false)
        else { return nil }
        // The sum of the two products in each gate; c = f·c + i·g; h = o·φ(c).
        let perElement = OperationCounts(multiplications: 3, additions: 4 + 1)
        return try input.adding(recurrent).adding(perElement.times(elements).times(steps))
    }
}
