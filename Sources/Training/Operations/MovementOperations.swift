internal import Networks

/// The same elements in the same order.
final class ViewOperation<N: Number>: Operation {
    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] { [inputs[0]] }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] { [step.gradient] }

    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? { step.inputTangents[0].map { [$0] } }
}

/// The axes in another order.
final class TransposeOperation<N: Number>: Operation {
    private let order: AxisOrder

    init(_ primitive: Transpose, input: ValueShape) {
        order = AxisOrder(input.dimensions, [0] + primitive.order.map { $0 + 1 })
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(inputs[0].count)
        order.apply(inputs[0].base, output.base)
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.zeros(step.gradient.count)
        order.addBack(step.gradient.base, result.base)
        return [result]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        step.inputTangents[0].map { forward([$0], [], pool) }
    }
}

/// Elements of each row by their places: padding, cropping, slicing, reversal and tiling.
final class MovementOperation<N: Number>: Operation {
    private let map: IndexMap
    private let rows: Int
    private let filling: N

    init(_ map: IndexMap, rows: Int, filling: Double = 0) {
        self.map = map
        self.rows = rows
        self.filling = N(filling)
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(rows * map.sources.count)
        map.apply(inputs[0].base, output.base, rows: rows, filling: filling)
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.zeros(rows * map.inputCount)
        map.addBack(step.gradient.base, result.base, rows: rows)
        return [result]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard let given = step.inputTangents[0] else { return nil }
        let result = pool.block(rows * map.sources.count)
        map.apply(given.base, result.base, rows: rows, filling: .zero)
        return [result]
    }
}

/// Values laid end to end along an axis.
final class ConcatenationOperation<N: Number>: Operation {
    private let outer: Int
    /// Elements that each input has in a run.
    private let runs: [Int]

    init(_ primitive: Concatenation, inputs: [ValueShape], output: ValueShape) {
        outer = output.rows * output.extents[..<primitive.axis].reduce(1, *)
        runs = inputs.map { $0.extents[primitive.axis...].reduce(1, *) }
    }

    private var width: Int { runs.reduce(0, +) }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(outer * width)
        var start = 0
        for (input, run) in zip(inputs, runs) {
            for index in 0..<outer {
                (output.base + index * width + start).update(from: input.base + index * run, count: run)
            }
            start += run
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        var start = 0
        return runs.enumerated().map { position, run in
            defer { start += run }
            guard step.needsInput[position] else { return nil }
            let result = pool.block(outer * run)
            for index in 0..<outer {
                (result.base + index * run).update(from: step.gradient.base + index * width + start, count: run)
            }
            return result
        }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        forward(step.allInputTangents(pool), [], pool)
    }
}

/// Numbers that do not depend on the input.
final class ConstantOperation<N: Number>: Operation {
    private let values: [N]
    private let rows: Int

    init(_ values: [Double], rows: Int) {
        self.values = values.map { N($0) }
        self.rows = rows
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(rows * values.count)
        for row in 0..<rows {
            for (index, value) in values.enumerated() { output.base[row * values.count + index] = value }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] { step.inputs.map { _ in nil } }
}
