internal import Networks
internal import Tensors

/// Values combined element by element, the smaller ones repeated.
final class ElementwiseOperation<N: Number>: Operation {
    private let kind: Elementwise.Kind
    private let rows: Int
    private let shapes: [Broadcast]
    private let count: Int

    init(_ primitive: Elementwise, inputs: [ValueShape], output: ValueShape) throws(SparsifyError) {
        kind = primitive.kind
        rows = output.rows
        shapes = inputs.map { Broadcast($0.extents, over: output.extents) }
        count = output.count
        guard inputs.count == 2 || Self.takesAny(kind) || (kind == .select && inputs.count == 3) || inputs.count == 1
        else {
            throw SparsifyError(.unsupported, "There is no gradient of \(inputs.count) values combined in this way.")
        }
    }

    private static func takesAny(_ kind: Elementwise.Kind) -> Bool {
        [.add, .subtract, .multiply, .average, .maximum, .minimum].contains(kind)
    }

    /// The inputs as large as the output.
    private func spread(_ inputs: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        zip(inputs, shapes).map { input, shape in
            guard !shape.isWhole else { return input }
            let whole = pool.zeros(count)
            for row in 0..<rows {
                let (from, to) = (input.base + row * shape.count, whole.base + row * shape.rowCount)
                shape.visit { to[$0] = from[$1] }
            }
            return whole
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let values = spread(inputs, pool)
        let output = pool.block(count)
        output.copy(values[0].base)
        if kind == .select {
            for index in 0..<count {
                output.base[index] = (values[0].base[index].double != 0 ? values[1] : values[2]).base[index]
            }
            return [output]
        }
        for value in values.dropFirst() { combine(output.base, value.base) }
        if kind == .average {
            let share = N(1 / Double(values.count))
            for index in 0..<count { output.base[index] *= share }
        }
        return [output]
    }

    private func combine(_ result: UnsafeMutablePointer<N>, _ other: UnsafeMutablePointer<N>) {
        func each(_ body: (N, N) -> N) { for index in 0..<count { result[index] = body(result[index], other[index]) } }
        func holds(_ body: (Double, Double) -> Bool) { each { body($0.double, $1.double) ? .one : .zero } }
        switch kind {
        case .add, .average: Block.add(other, to: result, count)
        case .subtract: each { $0 - $1 }
        case .multiply: each { $0 * $1 }
        case .maximum: each { N.greater($0, $1) }
        case .minimum: each { N.lesser($0, $1) }
        case .divide: each { $0 / $1 }
        case .floorDivide: each { N(($0 / $1).double.rounded(.down)) }
        case .remainder: each { $0 - $1 * N(($0 / $1).double.rounded(.down)) }
        case .power: each(Self.power)
        case .addScaled(let factor): each { $0 + N(factor) * $1 }
        case .equal: holds { $0 == $1 }
        case .notEqual: holds { $0 != $1 }
        case .greater: holds { $0 > $1 }
        case .greaterOrEqual: holds { $0 >= $1 }
        case .less: holds { $0 < $1 }
        case .lessOrEqual: holds { $0 <= $1 }
        case .and: holds { $0 != 0 && $1 != 0 }
        case .or: holds { $0 != 0 || $1 != 0 }
        case .exclusiveOr: holds { ($0 != 0) != ($1 != 0) }
        case .select: break
        }
    }

    /// Whole exponents by products, so that negative numbers and zero have powers.
    private static func power(_ base: N, _ exponent: N) -> N {
        let number = exponent.double
        guard number == number.rounded(), abs(number) <= 64 else { return N.power(base, exponent) }
        var result = N.one
        for _ in 0..<Int(abs(number)) { result *= base }
        return number < 0 ? .one / result : result
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let values = spread(step.inputs, pool)
        return values.indices.map { position in
            guard step.needsInput[position], let whole = gradient(position, values, step, pool) else { return nil }
            return narrowed(whole, shapes[position], pool)
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        switch kind {
        case .add, .subtract, .average, .addScaled: return forward(step.allInputTangents(pool), [], pool)
        case .multiply where step.inputs.count == 2:
            return [
                TangentStep.product(
                    (step.inputs[0], step.inputTangents[0]), (step.inputs[1], step.inputTangents[1]), count: count, pool
                ) { forward([$0, $1], [], pool)[0] }
            ]
        default: return nil
        }
    }

    private func narrowed(_ whole: Block<N>, _ shape: Broadcast, _ pool: BlockPool<N>) -> Block<N> {
        guard !shape.isWhole else { return whole }
        let result = pool.zeros(rows * shape.count)
        for row in 0..<rows {
            let (from, to) = (whole.base + row * shape.rowCount, result.base + row * shape.count)
            shape.visit { to[$1] += from[$0] }
        }
        return result
    }

    /// By one input, as large as the output; nil where it is zero.
    private func gradient(
        _ position: Int, _ values: [Block<N>], _ step: BackwardStep<N>, _ pool: BlockPool<N>
    ) -> Block<N>? {
        let given = step.gradient
        func made(_ body: (Int) -> N) -> Block<N> {
            let result = pool.block(count)
            for index in 0..<count { result.base[index] = body(index) }
            return result
        }
        let g = given.base
        let isFirst = position == 0
        switch kind {
        case .add: return given
        case .subtract: return isFirst ? given : made { -g[$0] }
        case .average:
            let share = N(1 / Double(values.count))
            return made { g[$0] * share }
        case .addScaled(let factor): return isFirst ? given : made { g[$0] * N(factor) }
        case .multiply:
            return made { index in
                values.indices.reduce(g[index]) { $1 == position ? $0 : $0 * values[$1].base[index] }
            }
        case .maximum, .minimum:
            // The first that reaches it.
            return made { index in
                let best = step.outputs[0].base[index].double
                let winner = values.firstIndex { $0.base[index].double == best }
                return winner == position ? g[index] : .zero
            }
        case .select:
            guard position > 0 else { return nil }
            let condition = values[0].base
            return made { (condition[$0].double != 0) == (position == 1) ? g[$0] : .zero }
        case .divide where values.count == 2:
            let (a, b) = (values[0].base, values[1].base)
            return isFirst ? made { g[$0] / b[$0] } : made { -(g[$0] * a[$0] / (b[$0] * b[$0])) }
        case .remainder where values.count == 2:
            let (a, b) = (values[0].base, values[1].base)
            return isFirst ? given : made { -(g[$0] * N((a[$0] / b[$0]).double.rounded(.down))) }
        case .power where values.count == 2:
            let (a, b, y) = (values[0].base, values[1].base, step.outputs[0].base)
            guard isFirst else { return made { a[$0].double > 0 ? g[$0] * y[$0] * N.logarithm(a[$0]) : .zero } }
            return made { g[$0] * b[$0] * Self.power(a[$0], b[$0] - .one) }
        default: return nil
        }
    }
}
