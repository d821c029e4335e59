internal import Networks

/// An operation over values with channels last, for values that have them first.
final class ChannelsLastOperation<N: Number>: Operation {
    private let inner: any Operation<N>
    private let there: AxisOrder
    private let back: AxisOrder
    private var input: Block<N>?
    private var outputs: [Block<N>] = []

    /// - Parameter make: the operation, given the shapes with channels last.
    init(
        input: ValueShape, output: ValueShape, _ make: (ValueShape, ValueShape) throws -> any Operation<N>
    ) throws {
        func turned(_ shape: ValueShape) throws -> ValueShape {
            try ValueShape(rows: shape.rows, extents: Array(shape.extents.dropFirst()) + [shape.extents[0]])
        }
        inner = try make(turned(input), turned(output))
        let rank = input.extents.count
        there = AxisOrder(input.dimensions, [0] + Array(2..<rank + 1) + [1])
        back = AxisOrder(output.dimensions, [0] + Array(2..<rank + 1) + [1])
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>] {
        let turned = turned(inputs[0], pool)
        input = turned
        outputs = try inner.forward([turned], parameters, pool)
        return [returned(outputs[0], pool)]
    }

    private func turned(_ block: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = pool.block(block.count)
        there.apply(block.base, result.base)
        return result
    }

    private func returned(_ block: Block<N>, _ pool: BlockPool<N>) -> Block<N> {
        let result = pool.zeros(block.count)
        back.addBack(block.base, result.base)
        return result
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        guard let input else { return [nil] }
        let gradient = pool.block(step.gradient.count)
        back.apply(step.gradient.base, gradient.base)
        var turned = step
        turned.inputs = [input]
        turned.outputs = outputs
        turned.gradients = [gradient]
        guard let found = inner.backward(turned, pool)[0] else { return [nil] }
        let result = pool.zeros(found.count)
        there.addBack(found.base, result.base)
        return [result]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) throws -> [Block<N>]? {
        guard let input else { return nil }
        var inner = step
        inner.inputs = [input]
        inner.outputs = outputs
        inner.inputTangents = [step.inputTangents[0].map { turned($0, pool) }]
        return try self.inner.tangents(inner, pool).map { [returned($0[0], pool)] }
    }
}
