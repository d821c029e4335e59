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

    /// The derivatives of the outputs along a direction of inputs and parameters, at the values that `forward` was given
    /// last; nil where the operation has no code for it: then it is run in `Dual`.
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) throws -> [Block<N>]?
}

extension Operation {
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? { nil }
}

/// What a step along a direction is given. What it returns may be added to where it is no tangent that was given.
struct TangentStep<N: Number> {
    var inputs: [Block<N>]
    var parameters: [Block<N>]
    var outputs: [Block<N>]
    /// By input and by parameter; nil where it is zero. One at least is there.
    var inputTangents: [Block<N>?]
    var parameterTangents: [Block<N>?]

    /// The tangents of inputs, all of them.
    func allInputTangents(_ pool: BlockPool<N>) -> [Block<N>] {
        zip(inputs, inputTangents).map { $1 ?? pool.zeros($0.count) }
    }

    /// By the rule for what is linear in one operand and in the other: f(ẋ, w) + f(x, ẇ), zero where neither moves.
    ///
    /// - Parameters:
    ///   - operands: x and w, with their tangents.
    ///   - count: of elements of the result.
    ///   - product: f, whose result belongs to the caller.
    static func product(
        _ x: (value: Block<N>, tangent: Block<N>?), _ w: (value: Block<N>, tangent: Block<N>?), count: Int,
        _ pool: BlockPool<N>, _ product: (Block<N>, Block<N>) throws -> Block<N>
    ) rethrows -> Block<N> {
        let first = try x.tangent.map { try product($0, w.value) }
        guard let tangent = w.tangent else { return first ?? pool.zeros(count) }
        let second = try product(x.value, tangent)
        guard let first else { return second }
        first.add(second)
        return first
    }

    /// The same for an input and the kernel, which is the first parameter.
    func kernelProduct(_ pool: BlockPool<N>, _ product: (Block<N>, Block<N>) throws -> Block<N>) rethrows -> Block<N> {
        try Self.product(
            (inputs[0], inputTangents[0]), (parameters[0], parameterTangents[0]), count: outputs[0].count, pool, product
        )
    }
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
