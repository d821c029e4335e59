/// A primitive over values of known shapes: what it makes of its inputs, and what a gradient by its outputs says of one by
/// its inputs and parameters. What it keeps between the two is of the batch that ran last.
protocol Operation<N>: AnyObject {
    associatedtype N: Number

    /// The outputs; the values of inputs and parameters stay as they are, and an output may be an input.
    ///
    /// - Throws: `usage` where the values are none that the primitive takes.
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>]

    /// Gradients by the inputs, nil where there is none or none is needed; those by the parameters are added to where they
    /// go.
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?]
}

/// What a step backwards is given.
struct BackwardStep<N: Number> {
    var inputs: [Block<N>]
    var parameters: [Block<N>]
    var outputs: [Block<N>]
    /// By output; nil where nothing depends on it. One at least is there.
    var gradients: [Block<N>?]
    var needsInput: [Bool]
    /// By parameter, what the gradient is added to; nil where none is wanted.
    var parameterGradients: [Block<N>?]

    /// The gradient of a step with one output.
    var gradient: Block<N> { gradients[0]! }
}
