internal import LinearAlgebra
internal import Networks
internal import Tensors

/// A recurrent cell over time, and back through it (Werbos 1990, "Backpropagation through time"). States begin at zero,
/// or where an input says; not where another batch ended.
final class RecurrenceOperation<N: Number>: Operation {
    private let form: RecurrentForm
    let steps: RecurrentSteps
    let cell: any RecurrentTransition<N>
    var moments: [RecurrentMoment<N>] = []
    private let chance: Chance?
    private let number: Int
    /// What the hidden state is multiplied by before each step.
    var fates: Block<N>?

    /// - Parameters:
    ///   - chance: what states are dropped by; nil: none are.
    ///   - number: the step's, by which its noise differs from others'.
    init(_ primitive: Recurrence, input: ValueShape, chance: Chance? = nil, number: Int = 0) throws {
        (self.chance, self.number) = (chance, number)
        steps = RecurrentSteps(
            rows: input.rows, steps: input.extents[0], length: primitive.units,
            returnsSequences: primitive.returnsSequences, goesBackwards: primitive.goesBackwards,
            zeroesMaskedOutputs: primitive.zeroesMaskedOutputs)
        form = RecurrentForm(
            hasMask: primitive.hasMask, hasInitialState: primitive.hasInitialState,
            returnsState: primitive.returnsState, stateDropout: primitive.stateDropout)
        cell = try RecurrentCell(primitive, rows: input.rows, steps: input.extents[0], features: input.extents[1])
    }

    /// - Throws: `unsupported` with channels first.
    init(
        _ primitive: ConvolutionalRecurrence, input: ValueShape, output: ValueShape, chance: Chance? = nil,
        number: Int = 0
    ) throws {
        (self.chance, self.number) = (chance, number)
        let cell = try ConvolutionalCell<N>(primitive, input: input, output: output)
        self.cell = cell
        steps = RecurrentSteps(
            rows: input.rows, steps: input.extents[0], length: cell.length,
            returnsSequences: primitive.returnsSequences, goesBackwards: primitive.goesBackwards,
            zeroesMaskedOutputs: primitive.zeroesMaskedOutputs)
        form = RecurrentForm(
            hasMask: primitive.hasMask, hasInitialState: primitive.hasInitialState,
            returnsState: primitive.returnsState, stateDropout: primitive.stateDropout)
    }

    private struct RecurrentForm {
        var hasMask: Bool
        var hasInitialState: Bool
        var returnsState: Bool
        var stateDropout: Double
    }

    var rows: Int { steps.rows }
    var length: Int { steps.length }
    var width: Int { cell.width }
    var stateCount: Int { cell.stateCount }
    var returnsState: Bool { form.returnsState }

    func mask(_ inputs: [Block<N>]) -> Block<N>? { form.hasMask ? inputs[1] : nil }

    /// Of what there is by input, that which belongs to the states to begin with; nil where they are zero.
    func initialStates<T>(_ inputs: [T]) -> [T]? {
        form.hasInitialState ? Array(inputs[(form.hasMask ? 2 : 1)...]) : nil
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let products = cell.products(inputs[0], parameters, pool)
        var states = initialStates(inputs) ?? (0..<stateCount).map { _ in pool.zeros(rows * length) }
        moments = []
        fates = drawnFates(pool)
        for index in 0..<steps.steps {
            let time = steps.time(index)
            let input = pool.block(rows * width)
            for row in 0..<rows {
                (input.base + row * width).update(
                    from: products.base + (row * steps.steps + time) * width, count: width)
            }
            var entering = states
            if let fates { entering[0] = multiplied(states[0], fates, pool) }
            let moment = cell.advance(input, entering, parameters, pool)
            states = held(moment.after, states, steps.passed(mask(inputs), time), pool)
            moments.append(moment)
        }
        var outputs = [
            steps.outputs(moments.map { $0.after[0] }, mask: mask(inputs), pool)
        ]
        if returnsState { outputs += states }
        return outputs
    }

    private func drawnFates(_ pool: BlockPool<N>) -> Block<N>? {
        guard form.stateDropout > 0, let seed = chance?.seed(ofStep: number) else { return nil }
        let drawn = pool.block(rows * length)
        drawn.drawKept(dropping: form.stateDropout, seed: seed)
        let scale = N(1 / (1 - form.stateDropout))
        for index in 0..<drawn.count { drawn.base[index] = drawn.base[index] * scale }
        return drawn
    }

    func multiplied(_ block: Block<N>, _ factors: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = pool.block(block.count)
        for index in 0..<result.count { result.base[index] = block.base[index] * factors.base[index] }
        return result
    }

    /// The states after a step: as they were in rows that are passed over.
    func held(
        _ after: [Block<N>], _ before: [Block<N>], _ passed: [Bool]?, _ pool: BlockPool<N>
    ) -> [Block<N>] {
        guard let passed, passed.contains(true) else { return after }
        return zip(after, before).map { after, before in
            let result = pool.block(after.count)
            for row in 0..<rows {
                (result.base + row * length).update(
                    from: (passed[row] ? before : after).base + row * length, count: length)
            }
            return result
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let mask = mask(step.inputs)
        let given = steps.stateGradients(step.gradients[0], mask: mask, pool)
        var flow = (0..<stateCount).map { state in
            let result = pool.zeros(rows * length)
            if returnsState, let gradient = step.gradients[1 + state] { result.add(gradient) }
            return result
        }
        let products = pool.block(rows * steps.steps * width)
        for index in (0..<steps.steps).reversed() {
            let time = steps.time(index)
            let passed = steps.passed(mask, time)
            let reached = zip(0..., flow).map { state, block in
                arriving(block, extra: state == 0 ? given[index] : nil, passed, pool)
            }
            var found = cell.retreat(
                moments[index], reached, step.parameters, into: step.parameterGradients, pool)
            if let fates { found.states[0] = multiplied(found.states[0], fates, pool) }
            for row in 0..<rows {
                (products.base + (row * steps.steps + time) * width).update(
                    from: found.input.base + row * width, count: width)
            }
            // What passes a step over reaches the states before it unchanged.
            flow = zip(found.states, flow).map { found, flow in
                guard let passed else { return found }
                for row in 0..<rows where passed[row] {
                    Block.add(flow.base + row * length, to: found.base + row * length, length)
                }
                return found
            }
        }
        var result = [Block<N>?](repeating: nil, count: step.inputs.count)
        result[0] = cell.productGradients(step, products, pool)
        if let places = initialStates(Array(result.indices)) {
            for (place, block) in zip(places, flow) { result[place] = block }
        }
        return result
    }

    /// The gradient by the states that a step made: none in rows that are passed over.
    private func arriving(
        _ flow: Block<N>, extra: Block<N>?, _ passed: [Bool]?, _ pool: BlockPool<N>
    ) -> Block<N> {
        let result = pool.block(flow.count)
        result.copy(flow.base)
        if let passed {
            for row in 0..<rows where passed[row] {
                (result.base + row * length).update(repeating: .zero, count: length)
            }
        }
        if let extra { result.add(extra) }
        return result
    }
}
