internal import LinearAlgebra
internal import Networks

extension RecurrentCell {
    @specialized(where N == Float)
    @specialized(where N == Double)
    func productTangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = TangentStep.product(
            (step.inputs[0], step.inputTangents[0]), (step.parameters[0], step.parameterTangents[0]),
            count: rows * steps * width, pool
        ) { product($0, $1, pool) }
        if primitive.hasBias, let bias = step.parameterTangents[2] { addBias(bias, to: result) }
        return result
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(
        _ moment: RecurrentMoment<N>, _ input: Block<N>, _ states: [Block<N>], _ step: TangentStep<N>,
        _ pool: BlockPool<N>
    ) -> [Block<N>] {
        let (kernel, moved) = (step.parameters[1], step.parameterTangents[1])
        let products = pool.zeros(rows * width)
        addProduct(states[0], kernel, columns: 0..<stateColumns, to: products)
        if let moved { addProduct(moment.before[0], moved, columns: 0..<stateColumns, to: products) }
        if let bias = secondBias(primitive.hasBias ? step.parameterTangents[2] : nil) {
            for row in 0..<rows { Block.add(bias, to: products.base + row * width, stateColumns) }
        }
        let gates = pool.block(rows * width)
        gates.copy(input.base)
        switch primitive.cell {
        case .gru: return gruTangents(moment, states[0], products, gates, kernel, moved, pool)
        case .simple:
            gates.add(products)
            pass(gates, through: 0..<1, moment)
            return [gates]
        case .lstm:
            gates.add(products)
            return lstmTangents(moment, states[1], gates, pool)
        }
    }

    private func addProduct(_ state: Block<N>, _ kernel: Block<N>, columns: Range<Int>, to target: Block<N>) {
        N.multiply(
            MatrixProduct(
                rows: rows, columns: columns.count, depth: units, bStride: width, cStride: width, adds: true),
            state.base, kernel.base + columns.lowerBound, target.base + columns.lowerBound)
    }

    /// From what gates' functions are applied to, to their values.
    private func pass(_ tangents: Block<N>, through gates: Range<Int>, _ moment: RecurrentMoment<N>) {
        for gate in gates {
            for row in 0..<rows {
                let start = row * width + gate * units
                for place in start..<start + units {
                    tangents.base[place] = tangents.base[place] * slope(gate, moment, place)
                }
            }
        }
    }

    /// - Parameter moved: of what the gates' functions were applied to; it becomes that of their values.
    func lstmTangents(
        _ moment: RecurrentMoment<N>, _ state: Block<N>, _ moved: Block<N>, _ pool: BlockPool<N>
    ) -> [Block<N>] {
        pass(moved, through: 0..<4, moment)
        let (hidden, next) = (pool.block(rows * units), pool.block(rows * units))
        guard let squashed = moment.extra?.base else { return [hidden, next] }
        for row in 0..<rows {
            let (gates, tangents) = (moment.gates.base + row * width, moved.base + row * width)
            for unit in 0..<units {
                let place = row * units + unit
                let kept =
                    tangents[units + unit] * moment.before[1].base[place] + gates[units + unit] * state.base[place]
                let written =
                    tangents[unit] * gates[2 * units + unit] + gates[unit] * tangents[2 * units + unit]
                let change = kept + written
                next.base[place] = change
                hidden.base[place] =
                    tangents[3 * units + unit] * squashed[place] + gates[3 * units + unit] * change
                    * activation.slope(moment.after[1].base[place], squashed[place])
            }
        }
        return [hidden, next]
    }

    private func gruTangents(
        _ moment: RecurrentMoment<N>, _ state: Block<N>, _ products: Block<N>, _ moved: Block<N>,
        _ kernel: Block<N>, _ kernelTangent: Block<N>?, _ pool: BlockPool<N>
    ) -> [Block<N>] {
        let hidden = moment.before[0].base
        for row in 0..<rows { Block.add(products.base + row * width, to: moved.base + row * width, 2 * units) }
        pass(moved, through: 0..<2, moment)
        if let product = moment.extra {
            let reset = pool.block(rows * units)
            for row in 0..<rows {
                let (gates, tangents) = (moment.gates.base + row * width, moved.base + row * width)
                for unit in units..<2 * units {
                    let place = row * units + unit - units
                    reset.base[place] = tangents[unit] * hidden[place] + gates[unit] * state.base[place]
                }
            }
            addProduct(reset, kernel, columns: 2 * units..<width, to: moved)
            if let change = kernelTangent { addProduct(product, change, columns: 2 * units..<width, to: moved) }
        } else {
            for row in 0..<rows {
                let start = row * width
                for unit in start + units..<start + 2 * units {
                    moved.base[unit + units] +=
                        moved.base[unit] * moment.products.base[unit + units]
                        + moment.gates.base[unit] * products.base[unit + units]
                }
            }
        }
        pass(moved, through: 2..<3, moment)
        let next = pool.block(rows * units)
        for row in 0..<rows {
            let (gates, tangents) = (moment.gates.base + row * width, moved.base + row * width)
            for unit in 0..<units {
                let place = row * units + unit
                let update = tangents[unit] * (hidden[place] - gates[2 * units + unit])
                next.base[place] =
                    update + gates[unit] * state.base[place] + (.one - gates[unit]) * tangents[2 * units + unit]
            }
        }
        return [next]
    }
}
