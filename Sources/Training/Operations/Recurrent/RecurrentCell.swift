internal import LinearAlgebra
internal import Networks
internal import Tensors

/// One step of a recurrent cell, and back; formulas are those of `Recurrence`.
struct RecurrentCell<N: Number>: RecurrentTransition {
    let primitive: Recurrence
    let rows: Int
    let steps: Int
    let features: Int
    let activation: ActivationFunction<N>
    let gateActivation: ActivationFunction<N>

    /// - Parameter features: that a step of the input has.
    init(_ primitive: Recurrence, rows: Int, steps: Int, features: Int) throws {
        self.primitive = primitive
        (self.rows, self.steps, self.features) = (rows, steps, features)
        activation = try ActivationFunction(primitive.activation)
        gateActivation = try ActivationFunction(primitive.recurrentActivation)
    }

    var units: Int { primitive.units }
    var length: Int { units }
    var stateCount: Int { primitive.stateCount }
    var width: Int { units * primitive.gates }

    private var isGRU: Bool { if case .gru = primitive.cell { true } else { false } }
    /// Whether the reset gate acts before the product.
    var resetsBefore: Bool { primitive.cell == .gru(resetsAfter: false) }
    /// Columns of the product with the state that is taken at once.
    var stateColumns: Int { resetsBefore ? 2 * units : width }
    private var hasSecondBias: Bool {
        primitive.hasBias && (primitive.sumsTwoBiases || primitive.cell == .gru(resetsAfter: true))
    }

    /// The part of the bias, or of its tangent, that is added to the products with the state.
    func secondBias(_ bias: Block<N>?) -> UnsafeMutablePointer<N>? {
        hasSecondBias ? bias.map { $0.base + width } : nil
    }

    /// The function of a gate's column.
    private func function(_ gate: Int) -> ActivationFunction<N> {
        switch primitive.cell {
        case .simple: activation
        case .lstm: gate == 2 ? activation : gateActivation
        case .gru: gate == 2 ? activation : gateActivation
        }
    }

    // MARK: Forwards

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func products(_ input: Block<N>, _ parameters: [Block<N>], _ pool: BlockPool<N>) -> Block<N> {
        let result = product(input, parameters[0], pool)
        if primitive.hasBias { addBias(parameters[2], to: result) }
        return result
    }

    func product(_ input: Block<N>, _ kernel: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = pool.block(rows * steps * width)
        N.multiply(
            MatrixProduct(rows: rows * steps, columns: width, depth: features), input.base, kernel.base, result.base)
        return result
    }

    func addBias(_ bias: Block<N>, to products: Block<N>) { biasCells.add(bias.base, to: products.base, rows: rows) }

    var biasCells: Broadcast { Broadcast([width], over: [steps, width]) }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func advance(
        _ input: Block<N>, _ states: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>
    ) -> RecurrentMoment<N> {
        let kernel = parameters[1]
        let products = pool.zeros(rows * width)
        N.multiply(
            MatrixProduct(
                rows: rows, columns: stateColumns, depth: units, bStride: width, cStride: width),
            states[0].base, kernel.base, products.base)
        if let bias = secondBias(primitive.hasBias ? parameters[2] : nil) {
            for row in 0..<rows { Block.add(bias, to: products.base + row * width, stateColumns) }
        }
        return advance(input, states, products: products, kernel: kernel, pool)
    }

    /// The step, given the products with the state, with their bias.
    func advance(
        _ input: Block<N>, _ states: [Block<N>], products: Block<N>, kernel: Block<N>, _ pool: BlockPool<N>
    ) -> RecurrentMoment<N> {
        var moment = RecurrentMoment(
            before: states, after: states, sums: pool.block(rows * width), gates: pool.block(rows * width),
            products: products, extra: nil)
        moment.sums.copy(input.base)
        if isGRU {
            advanceGRU(&moment, kernel: kernel, pool)
        } else {
            moment.sums.add(products)
            apply(&moment, gates: 0..<primitive.gates)
            primitive.cell == .lstm ? finishLSTM(&moment, pool) : finishSimple(&moment)
        }
        return moment
    }

    private func apply(_ moment: inout RecurrentMoment<N>, gates: Range<Int>) {
        for gate in gates {
            let value = function(gate).value
            for row in 0..<rows {
                let start = row * width + gate * units
                for unit in start..<start + units { moment.gates.base[unit] = value(moment.sums.base[unit]) }
            }
        }
    }

    private func finishSimple(_ moment: inout RecurrentMoment<N>) { moment.after = [moment.gates] }

    private func finishLSTM(_ moment: inout RecurrentMoment<N>, _ pool: BlockPool<N>) {
        let (hidden, state, squashed) = (
            pool.block(rows * units), pool.block(rows * units), pool.block(rows * units)
        )
        for row in 0..<rows {
            let gates = moment.gates.base + row * width
            for unit in 0..<units {
                let place = row * units + unit
                let next = gates[units + unit] * moment.before[1].base[place] + gates[unit] * gates[2 * units + unit]
                state.base[place] = next
                squashed.base[place] = activation.value(next)
                hidden.base[place] = gates[3 * units + unit] * squashed.base[place]
            }
        }
        moment.after = [hidden, state]
        moment.extra = squashed
    }

    private func advanceGRU(_ moment: inout RecurrentMoment<N>, kernel: Block<N>, _ pool: BlockPool<N>) {
        let hidden = moment.before[0]
        for row in 0..<rows {
            Block.add(moment.products.base + row * width, to: moment.sums.base + row * width, 2 * units)
        }
        apply(&moment, gates: 0..<2)
        if resetsBefore {
            let reset = pool.block(rows * units)
            for row in 0..<rows {
                for unit in 0..<units {
                    let place = row * units + unit
                    reset.base[place] = moment.gates.base[row * width + units + unit] * hidden.base[place]
                }
            }
            moment.extra = reset
            N.multiply(
                MatrixProduct(
                    rows: rows, columns: units, depth: units, bStride: width, cStride: width, adds: true),
                reset.base, kernel.base + 2 * units, moment.sums.base + 2 * units)
        } else {
            for row in 0..<rows {
                let (sums, gates, products) = (
                    moment.sums.base + row * width, moment.gates.base + row * width, moment.products.base + row * width
                )
                for unit in 0..<units { sums[2 * units + unit] += gates[units + unit] * products[2 * units + unit] }
            }
        }
        apply(&moment, gates: 2..<3)
        let next = pool.block(rows * units)
        for row in 0..<rows {
            let gates = moment.gates.base + row * width
            for unit in 0..<units {
                let place = row * units + unit
                let update = gates[unit]
                next.base[place] = update * hidden.base[place] + (.one - update) * gates[2 * units + unit]
            }
        }
        moment.after = [next]
    }

    /// By what a gate's function was applied to, from that by its value.
    func slope(_ gate: Int, _ moment: RecurrentMoment<N>, _ place: Int) -> N {
        function(gate).slope(moment.sums.base[place], moment.gates.base[place])
    }
}
