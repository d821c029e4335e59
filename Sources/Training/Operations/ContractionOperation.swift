internal import Networks
internal import Tensors

/// y = x · W + b over the axes that x and W share.
final class ContractionOperation<N: Number>: Operation {
    private let sum: EinsteinSum<N>
    private let bias: Broadcast?
    private let rows: Int

    /// The rows of a batch are one more axis, which values alone have.
    private static var rowLabel: Int { -1 }

    init(_ primitive: Contraction, input: ValueShape, output: ValueShape, biasShape: [Int]?) throws {
        sum = try EinsteinSum(
            EinsteinSum.Side(labels: [Self.rowLabel] + primitive.input, extents: input.dimensions),
            EinsteinSum.Side(labels: primitive.kernel, extents: primitive.kernelExtents),
            output: [Self.rowLabel] + primitive.output)
        bias = biasShape.map { Broadcast($0, over: output.extents) }
        rows = output.rows
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let output = sum.forward(inputs[0], parameters[0], pool)
        bias?.add(parameters[1].base, to: output.base, rows: rows)
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        if let target = step.parameterGradients[0] {
            sum.addRightGradient(step.gradient, step.inputs[0], into: target, pool)
        }
        if let bias, let target = step.parameterGradients[1] {
            bias.sum(step.gradient.base, rows: rows, into: target.base)
        }
        guard step.needsInput[0] else { return [nil] }
        return [sum.leftGradient(step.gradient, step.parameters[0], count: step.inputs[0].count, pool)]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) -> [Block<N>]? {
        let output = step.kernelProduct(pool) { sum.forward($0, $1, pool) }
        if let bias, let tangent = step.parameterTangents[1] { bias.add(tangent.base, to: output.base, rows: rows) }
        return [output]
    }
}
