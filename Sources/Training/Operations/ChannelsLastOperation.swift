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
        let turned = pool.block(inputs[0].count)
        there.apply(inputs[0].base, turned.base)
        input = turned
        outputs = try inner.forward([turned], parameters, pool)
        let output = pool.zeros(outputs[0].count)
        back.addBack(outputs[0].base, output.base)
        return [output]
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
}
