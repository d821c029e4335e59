internal import Networks

/// A function of each element.
final class ActivationOperation<N: Number>: Operation {
    private let function: ActivationFunction<N>
    /// The derivatives at the values that were given last, once they are asked for.
    private var slopes: Block<N>?

    init(_ primitive: Activation) throws { function = try ActivationFunction(primitive) }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        slopes = nil
        let output = pool.block(inputs[0].count)
        let (from, to) = (inputs[0].base, output.base)
        if function.isRectifier {
            for index in 0..<output.count { to[index] = N.greater(from[index], .zero) }
        } else {
            for index in 0..<output.count { to[index] = function.value(from[index]) }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.block(step.gradient.count)
        let (x, y, given, to) = (step.inputs[0].base, step.outputs[0].base, step.gradient.base, result.base)
        if let slopes {
            for index in 0..<result.count { to[index] = given[index] * slopes.base[index] }
        } else if function.isRectifier {
            for index in 0..<result.count { to[index] = x[index] > .zero ? given[index] : .zero }
        } else {
            for index in 0..<result.count { to[index] = given[index] * function.slope(x[index], y[index]) }
        }
        return [result]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        guard let given = step.inputTangents[0] else { return nil }
        let slopes = slopes ?? found(step.inputs[0], step.outputs[0], pool)
        self.slopes = slopes
        let result = pool.block(given.count)
        for index in 0..<result.count { result.base[index] = given.base[index] * slopes.base[index] }
        return [result]
    }

    private func found(_ x: Block<N>, _ y: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let slopes = pool.block(x.count)
        for index in 0..<x.count { slopes.base[index] = function.slope(x.base[index], y.base[index]) }
        return slopes
    }
}

/// x where x > 0, else slope · x, with slopes that are learnt.
final class SlopeOperation<N: Number>: Operation {
    private let slopes: Broadcast
    private let rows: Int

    init(input: ValueShape, slopes shape: [Int]) {
        slopes = Broadcast(shape, over: input.extents)
        rows = input.rows
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = pool.block(inputs[0].count)
        for row in 0..<rows {
            let (from, to) = (inputs[0].base + row * slopes.rowCount, output.base + row * slopes.rowCount)
            slopes.visit { to[$0] = from[$0] > .zero ? from[$0] : parameters[0].base[$1] * from[$0] }
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let result = pool.block(step.gradient.count)
        let target = step.parameterGradients[0]?.base
        for row in 0..<rows {
            let start = row * slopes.rowCount
            let (x, given, to) = (step.inputs[0].base + start, step.gradient.base + start, result.base + start)
            slopes.visit { place, cell in
                let isPositive = x[place] > .zero
                to[place] = isPositive ? given[place] : step.parameters[0].base[cell] * given[place]
                if !isPositive, let target { target[cell] += x[place] * given[place] }
            }
        }
        return [result]
    }
}
