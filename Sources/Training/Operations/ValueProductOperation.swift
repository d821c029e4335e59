internal import Networks

/// A sum of products of two values, times a constant.
final class ValueProductOperation<N: Number>: Operation {
    private let sum: EinsteinSum<N>
    /// With the operands in the other order, for the gradient by the second one.
    private let turned: EinsteinSum<N>
    private let scale: N?

    init(_ primitive: ValueProduct, inputs: [ValueShape]) throws {
        let left = EinsteinSum<N>.Side(labels: [-1] + primitive.left, extents: inputs[0].dimensions)
        let right = EinsteinSum<N>.Side(labels: [-1] + primitive.right, extents: inputs[1].dimensions)
        let output = [-1] + primitive.output
        sum = try EinsteinSum(left, right, output: output)
        turned = try EinsteinSum(right, left, output: output)
        scale = primitive.scale.map { N($0) }
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = sum.forward(inputs[0], inputs[1], pool)
        if let scale { for index in 0..<output.count { output.base[index] *= scale } }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        var gradient = step.gradient
        if let scale {
            let scaled = pool.block(gradient.count)
            for index in 0..<scaled.count { scaled.base[index] = gradient.base[index] * scale }
            gradient = scaled
        }
        let (left, right) = (step.inputs[0], step.inputs[1])
        return [
            step.needsInput[0] ? sum.leftGradient(gradient, right, count: left.count, pool) : nil,
            step.needsInput[1] ? turned.leftGradient(gradient, left, count: right.count, pool) : nil,
        ]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        [
            TangentStep.product(
                (step.inputs[0], step.inputTangents[0]), (step.inputs[1], step.inputTangents[1]),
                count: step.outputs[0].count, pool
            ) { forward([$0, $1], [], pool)[0] }
        ]
    }
}
