internal import LinearAlgebra
internal import Networks

extension RecurrenceOperation {
    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        let mask = mask(step.inputs)
        let products = productTangents(step, pool)
        var states = initialTangents(step, pool)
        let direction = RecurrentDirection(
            input: pool.block(rows * width), kernel: step.parameterTangents[1],
            bias: cell.secondBias(primitive.hasBias ? step.parameterTangents[2] : nil))
        var hidden: [Block<N>] = []
        for (index, moment) in moments.enumerated() {
            let time = steps.time(index)
            for row in 0..<rows {
                (direction.input.base + row * width).update(
                    from: products.base + (row * steps.steps + time) * width, count: width)
            }
            var entering = states
            if let fates { entering[0] = multiplied(states[0], fates, pool) }
            let after = cell.tangents(moment, direction, entering, kernel: step.parameters[1], pool)
            states = held(after, states, steps.passed(mask, time), pool)
            hidden.append(after[0])
        }
        let output = steps.outputs(hidden, mask: mask, pool)
        return primitive.returnsState ? [output] + states : [output]
    }

    private func initialTangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>] {
        let given = primitive.hasInitialState ? Array(step.inputTangents[(primitive.hasMask ? 2 : 1)...]) : []
        return (0..<stateCount).map { state in
            (given.indices.contains(state) ? given[state] : nil) ?? pool.zeros(rows * units)
        }
    }

    /// Of the products with the input, with their bias, at all times.
    private func productTangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> Block<N> {
        let products = TangentStep.product(
            (step.inputs[0], step.inputTangents[0]), (step.parameters[0], step.parameterTangents[0]),
            count: rows * steps.steps * width, pool
        ) { input, kernel in
            let result = pool.block(rows * steps.steps * width)
            N.multiply(
                MatrixProduct(rows: rows * steps.steps, columns: width, depth: features), input.base, kernel.base,
                result.base)
            return result
        }
        if primitive.hasBias, let bias = step.parameterTangents[2] {
            Broadcast([width], over: [steps.steps, width]).add(bias.base, to: products.base, rows: rows)
        }
        return products
    }
}
