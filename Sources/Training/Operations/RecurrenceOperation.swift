internal import LinearAlgebra
internal import Networks
internal import Tensors

/// A recurrent cell over time, and back through it (Werbos 1990, "Backpropagation through time"). States begin at zero,
/// or where an input says; not where another batch ended.
final class RecurrenceOperation<N: Number>: Operation {
    let primitive: Recurrence
    let steps: RecurrentSteps
    let features: Int
    let cell: RecurrentCell<N>
    var moments: [RecurrentMoment<N>] = []
    private let chance: Chance?
    private let number: Int
    /// What the hidden state is multiplied by before each step.
    var fates: Block<N>?

    /// - Parameters:
    ///   - chance: what states are dropped by; nil: none are.
    ///   - number: the step's, by which its noise differs from others'.
    init(_ primitive: Recurrence, input: ValueShape, chance: Chance? = nil, number: Int = 0) throws {
        self.primitive = primitive
        (self.chance, self.number) = (chance, number)
        steps = RecurrentSteps(
            rows: input.rows, steps: input.extents[0], length: primitive.units,
            returnsSequences: primitive.returnsSequences, goesBackwards: primitive.goesBackwards,
            zeroesMaskedOutputs: primitive.zeroesMaskedOutputs)
        features = input.extents[1]
        cell = try RecurrentCell(primitive, rows: input.rows)
    }

    var units: Int { primitive.units }
    var rows: Int { steps.rows }
    var width: Int { units * primitive.gates }
    var stateCount: Int { primitive.stateCount }

    func mask(_ inputs: [Block<N>]) -> Block<N>? { primitive.hasMask ? inputs[1] : nil }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let products = pool.block(rows * steps.steps * width)
        N.multiply(
            MatrixProduct(rows: rows * steps.steps, columns: width, depth: features), inputs[0].base,
            parameters[0].base, products.base)
        if primitive.hasBias {
            Broadcast([width], over: [steps.steps, width]).add(parameters[2].base, to: products.base, rows: rows)
        }
        var states = (0..<stateCount).map { _ in pool.zeros(rows * units) }
        if primitive.hasInitialState { states = Array(inputs[(primitive.hasMask ? 2 : 1)...]) }
        let secondBias = cell.secondBias(primitive.hasBias ? parameters[2] : nil)
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
            let moment = cell.advance(input, entering, kernel: parameters[1], bias: secondBias, pool)
            states = held(moment.after, states, steps.passed(mask(inputs), time), pool)
            moments.append(moment)
        }
        var outputs = [
            steps.outputs(moments.map { $0.after[0] }, mask: mask(inputs), pool)
        ]
        if primitive.returnsState { outputs += states }
        return outputs
    }

    private func drawnFates(_ pool: BlockPool<N>) -> Block<N>? {
        guard primitive.stateDropout > 0, let seed = chance?.seed(ofStep: number) else { return nil }
        let drawn = pool.block(rows * units)
        drawn.drawKept(dropping: primitive.stateDropout, seed: seed)
        let scale = N(1 / (1 - primitive.stateDropout))
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
                (result.base + row * units).update(
                    from: (passed[row] ? before : after).base + row * units, count: units)
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
            let result = pool.zeros(rows * units)
            if primitive.returnsState, let gradient = step.gradients[1 + state] { result.add(gradient) }
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
                moments[index], reached, kernel: step.parameters[1], into: step.parameterGradients, pool)
            if let fates { found.states[0] = multiplied(found.states[0], fates, pool) }
            for row in 0..<rows {
                (products.base + (row * steps.steps + time) * width).update(
                    from: found.input.base + row * width, count: width)
            }
            // What passes a step over reaches the states before it unchanged.
            flow = zip(found.states, flow).map { found, flow in
                guard let passed else { return found }
                for row in 0..<rows where passed[row] {
                    Block.add(flow.base + row * units, to: found.base + row * units, units)
                }
                return found
            }
        }
        addParameterGradients(step, products)
        return inputGradients(step, products, flow, pool)
    }

    /// The gradient by the states that a step made: none in rows that are passed over.
    private func arriving(
        _ flow: Block<N>, extra: Block<N>?, _ passed: [Bool]?, _ pool: BlockPool<N>
    ) -> Block<N> {
        let result = pool.block(flow.count)
        result.copy(flow.base)
        if let passed {
            for row in 0..<rows where passed[row] {
                (result.base + row * units).update(repeating: .zero, count: units)
            }
        }
        if let extra { result.add(extra) }
        return result
    }

    private func addParameterGradients(_ step: BackwardStep<N>, _ products: Block<N>) {
        if let target = step.parameterGradients[0] {
            N.multiply(
                MatrixProduct(
                    rows: features, columns: width, depth: rows * steps.steps, aIsTransposed: true, adds: true),
                step.inputs[0].base, products.base, target.base)
        }
        if primitive.hasBias, let target = step.parameterGradients[2] {
            Broadcast([width], over: [steps.steps, width]).sum(products.base, rows: rows, into: target.base)
        }
    }

    private func inputGradients(
        _ step: BackwardStep<N>, _ products: Block<N>, _ states: [Block<N>], _ pool: BlockPool<N>
    ) -> [Block<N>?] {
        var result = [Block<N>?](repeating: nil, count: step.inputs.count)
        if step.needsInput[0] {
            let gradient = pool.block(step.inputs[0].count)
            N.multiply(
                MatrixProduct(rows: rows * steps.steps, columns: features, depth: width, bIsTransposed: true),
                products.base, step.parameters[0].base, gradient.base)
            result[0] = gradient
        }
        if primitive.hasInitialState {
            for (state, block) in states.enumerated() { result[(primitive.hasMask ? 2 : 1) + state] = block }
        }
        return result
    }
}
