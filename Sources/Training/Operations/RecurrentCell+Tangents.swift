internal import LinearAlgebra
internal import Networks

/// What moves in a cell along a direction, besides the states.
struct RecurrentDirection<N: Number> {
    /// Of the products with the input and their bias: (rows, gates · units).
    var input: Block<N>
    /// Of the recurrent kernel; nil: zero.
    var kernel: Block<N>?
    var bias: UnsafeMutablePointer<N>?
}

extension RecurrentCell {
    /// The derivatives of the states after a step, from those before it.
    func tangents(
        _ moment: RecurrentMoment<N>, _ direction: RecurrentDirection<N>, _ states: [Block<N>], kernel: Block<N>,
        _ pool: BlockPool<N>
    ) -> [Block<N>] {
        let products = pool.zeros(rows * width)
        addProduct(states[0], kernel, columns: 0..<stateColumns, to: products)
        if let moved = direction.kernel { addProduct(moment.before[0], moved, columns: 0..<stateColumns, to: products) }
        if let bias = direction.bias {
            for row in 0..<rows { Block.add(bias, to: products.base + row * width, stateColumns) }
        }
        let gates = pool.block(rows * width)
        gates.copy(direction.input.base)
        switch primitive.cell {
        case .gru: return gruTangents(moment, direction, states[0], products, gates, kernel, pool)
        case .simple:
            gates.add(products)
            pass(gates, through: 0..<1, moment)
            return [gates]
        case .lstm:
            gates.add(products)
            pass(gates, through: 0..<4, moment)
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

    private func lstmTangents(
        _ moment: RecurrentMoment<N>, _ state: Block<N>, _ moved: Block<N>, _ pool: BlockPool<N>
    ) -> [Block<N>] {
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
        _ moment: RecurrentMoment<N>, _ direction: RecurrentDirection<N>, _ state: Block<N>, _ products: Block<N>,
        _ moved: Block<N>, _ kernel: Block<N>, _ pool: BlockPool<N>
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
            if let change = direction.kernel { addProduct(product, change, columns: 2 * units..<width, to: moved) }
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
