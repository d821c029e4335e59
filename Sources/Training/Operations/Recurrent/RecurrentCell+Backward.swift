internal import LinearAlgebra
internal import Networks

extension RecurrentCell {
    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func productGradients(_ step: BackwardStep<N>, _ given: Block<N>, _ pool: BlockPool<N>) -> Block<N>? {
        if let target = step.parameterGradients[0] {
            N.multiply(
                MatrixProduct(rows: features, columns: width, depth: rows * steps, aIsTransposed: true, adds: true),
                step.inputs[0].base, given.base, target.base)
        }
        if primitive.hasBias, let target = step.parameterGradients[2] {
            biasCells.sum(given.base, rows: rows, into: target.base)
        }
        guard step.needsInput[0] else { return nil }
        let gradient = pool.block(step.inputs[0].count)
        N.multiply(
            MatrixProduct(rows: rows * steps, columns: features, depth: width, bIsTransposed: true),
            given.base, step.parameters[0].base, gradient.base)
        return gradient
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func retreat(
        _ moment: RecurrentMoment<N>, _ states: [Block<N>], _ parameters: [Block<N>], into targets: [Block<N>?],
        _ pool: BlockPool<N>
    ) -> (input: Block<N>, states: [Block<N>]) {
        let kernel = parameters[1]
        let input = pool.zeros(rows * width)
        var before = (0..<states.count).map { _ in pool.zeros(rows * units) }
        var products = input
        switch primitive.cell {
        case .simple:
            for place in 0..<rows * units { input.base[place] = states[0].base[place] * slope(0, moment, place) }
        case .lstm: retreatLSTM(moment, states, input, before[1])
        case .gru:
            products = resetsBefore ? input : pool.block(rows * width)
            retreatGRU(moment, states[0], kernel, input, products, before[0], targets, pool)
        }
        let hidden = pool.block(rows * units)
        N.multiply(
            MatrixProduct(
                rows: rows, columns: units, depth: stateColumns, aStride: width, bStride: width, bIsTransposed: true),
            products.base, kernel.base, hidden.base)
        hidden.add(before[0])
        before[0] = hidden
        if let target = targets[1] {
            N.multiply(
                MatrixProduct(
                    rows: units, columns: stateColumns, depth: rows, aIsTransposed: true, bStride: width,
                    cStride: width, adds: true),
                moment.before[0].base, products.base, target.base)
        }
        if targets.count > 2, let target = targets[2], target.count > width {
            for row in 0..<rows { Block.add(products.base + row * width, to: target.base + width, stateColumns) }
        }
        return (input, before)
    }

    /// From gradients by the hidden and the cell's state after: by what the gates' functions were applied to, and by the cell's
    /// state before.
    func retreatLSTM(
        _ moment: RecurrentMoment<N>, _ states: [Block<N>], _ input: Block<N>, _ before: Block<N>
    ) {
        guard let squashed = moment.extra?.base else { return }
        for row in 0..<rows {
            let gates = moment.gates.base + row * width
            for unit in 0..<units {
                let place = row * units + unit
                let hidden = states[0].base[place]
                let output = gates[3 * units + unit]
                let state =
                    states[1].base[place] + hidden * output
                    * activation.slope(moment.after[1].base[place], squashed[place])
                let parts = (
                    state * gates[2 * units + unit], state * moment.before[1].base[place], state * gates[unit],
                    hidden * squashed[place]
                )
                let start = row * width + unit
                input.base[start] = parts.0 * slope(0, moment, start)
                input.base[start + units] = parts.1 * slope(1, moment, start + units)
                input.base[start + 2 * units] = parts.2 * slope(2, moment, start + 2 * units)
                input.base[start + 3 * units] = parts.3 * slope(3, moment, start + 3 * units)
                before.base[place] = state * gates[units + unit]
            }
        }
    }

    /// - Parameters:
    ///   - input, products: where the gradients by the products with the input and with the state go.
    ///   - before: what that by the state before is added to, besides what comes through the products.
    private func retreatGRU(
        _ moment: RecurrentMoment<N>, _ state: Block<N>, _ kernel: Block<N>, _ input: Block<N>, _ products: Block<N>,
        _ before: Block<N>, _ parameters: [Block<N>?], _ pool: BlockPool<N>
    ) {
        let hidden = moment.before[0].base
        for row in 0..<rows {
            let gates = moment.gates.base + row * width
            for unit in 0..<units {
                let (place, start) = (row * units + unit, row * width + unit)
                let update = gates[unit]
                let given = state.base[place]
                let candidate = given * (.one - update) * slope(2, moment, start + 2 * units)
                input.base[start + 2 * units] = candidate
                input.base[start] = given * (hidden[place] - gates[2 * units + unit]) * slope(0, moment, start)
                before.base[place] += given * update
            }
        }
        let reset = resetsBefore ? backThroughReset(moment, kernel, input, before, parameters, pool) : nil
        for row in 0..<rows {
            let gates = moment.gates.base + row * width
            for unit in 0..<units {
                let (place, start) = (row * units + unit, row * width + unit)
                let candidate = input.base[start + 2 * units]
                let by = reset.map { $0.base[place] } ?? candidate * moment.products.base[start + 2 * units]
                input.base[start + units] = by * slope(1, moment, start + units)
                guard reset == nil else { continue }
                products.base[start] = input.base[start]
                products.base[start + units] = input.base[start + units]
                products.base[start + 2 * units] = candidate * gates[units + unit]
            }
        }
    }

    /// Through the product of r · h with the kernel's last columns: the gradient by r.
    private func backThroughReset(
        _ moment: RecurrentMoment<N>, _ kernel: Block<N>, _ input: Block<N>, _ before: Block<N>,
        _ parameters: [Block<N>?], _ pool: BlockPool<N>
    ) -> Block<N>? {
        guard let product = moment.extra else { return nil }
        let candidate = input.base + 2 * units
        if let target = parameters[1] {
            N.multiply(
                MatrixProduct(
                    rows: units, columns: units, depth: rows, aIsTransposed: true, bStride: width, cStride: width,
                    adds: true),
                product.base, candidate, target.base + 2 * units)
        }
        let through = pool.block(rows * units)
        N.multiply(
            MatrixProduct(
                rows: rows, columns: units, depth: units, aStride: width, bStride: width, bIsTransposed: true),
            candidate, kernel.base + 2 * units, through.base)
        let reset = pool.block(rows * units)
        for row in 0..<rows {
            for unit in 0..<units {
                let place = row * units + unit
                reset.base[place] = through.base[place] * moment.before[0].base[place]
                before.base[place] += through.base[place] * moment.gates.base[row * width + units + unit]
            }
        }
        return reset
    }
}
