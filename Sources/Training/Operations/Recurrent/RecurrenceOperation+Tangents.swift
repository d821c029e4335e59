extension RecurrenceOperation {
    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        let mask = mask(step.inputs)
        let products = cell.productTangents(step, pool)
        let given = initialStates(step.inputTangents) ?? Array(repeating: nil, count: stateCount)
        var states = given.map { $0 ?? pool.zeros(rows * length) }
        let input = pool.block(rows * width)
        var hidden: [Block<N>] = []
        for (index, moment) in moments.enumerated() {
            let time = steps.time(index)
            for row in 0..<rows {
                (input.base + row * width).update(
                    from: products.base + (row * steps.steps + time) * width, count: width)
            }
            var entering = states
            if let fates { entering[0] = multiplied(states[0], fates, pool) }
            let after = cell.tangents(moment, input, entering, step, pool)
            states = held(after, states, steps.passed(mask, time), pool)
            hidden.append(after[0])
        }
        let output = steps.outputs(hidden, mask: mask, pool)
        return returnsState ? [output] + states : [output]
    }
}
