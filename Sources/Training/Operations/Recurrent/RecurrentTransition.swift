/// What a recurrent layer does in one step, over all rows at once; the order of time is somebody else's.
protocol RecurrentTransition<N> {
    associatedtype N: Number

    /// States that go from step to step, and elements that a row has of each.
    var stateCount: Int { get }
    var length: Int { get }
    /// Elements that a row's gates have together.
    var width: Int { get }

    /// What the input adds to the gates, with its bias, at all times: (rows, steps, width).
    func products(_ input: Block<N>, _ parameters: [Block<N>], _ pool: BlockPool<N>) -> Block<N>

    /// The gradient by the input where it is needed, from that by `products`; those by parameters are added to where they go.
    func productGradients(_ step: BackwardStep<N>, _ given: Block<N>, _ pool: BlockPool<N>) -> Block<N>?

    func productTangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> Block<N>

    /// - Parameters:
    ///   - input: of `products`, those of this step.
    ///   - states: before it.
    func advance(
        _ input: Block<N>, _ states: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>
    ) -> RecurrentMoment<N>

    /// Gradients by the products and by the states before, from those by the states after; those by the recurrent kernel
    /// and its bias are added to where they go.
    func retreat(
        _ moment: RecurrentMoment<N>, _ states: [Block<N>], _ parameters: [Block<N>], into targets: [Block<N>?],
        _ pool: BlockPool<N>
    ) -> (input: Block<N>, states: [Block<N>])

    /// The derivatives of the states after, along a direction of products, states before and parameters.
    func tangents(
        _ moment: RecurrentMoment<N>, _ input: Block<N>, _ states: [Block<N>], _ step: TangentStep<N>,
        _ pool: BlockPool<N>
    ) -> [Block<N>]
}

/// What a step keeps for the way back.
struct RecurrentMoment<N: Number> {
    var before: [Block<N>]
    var after: [Block<N>]
    /// What the gates' functions were applied to, and their values: (rows, gates · units).
    var sums: Block<N>
    var gates: Block<N>
    /// The products with the state, with their bias.
    var products: Block<N>
    /// r · h of a GRU that resets before the product; φ(c') of an LSTM.
    var extra: Block<N>?
}
