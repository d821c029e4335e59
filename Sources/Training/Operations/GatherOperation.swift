internal import Networks
internal import Tensors

/// Rows of a table by their numbers.
final class GatherOperation<N: Number>: Operation {
    private let dimension: Int
    private let rows: Int
    private let layer: String

    init(_ primitive: Gather, table: [Int], layer: String) {
        dimension = primitive.dimension
        rows = table[0]
        self.layer = layer
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) throws -> [Block<N>] {
        let output = pool.block(inputs[0].count * dimension)
        for index in 0..<inputs[0].count {
            let given = inputs[0].base[index].double
            guard let number = Int(exactly: given.rounded(.towardZero)), (0..<rows).contains(number) else {
                throw SparsifyError(
                    .usage, "An input of layer '\(layer)' is \(given), and its table has the rows 0 to \(rows - 1).")
            }
            (output.base + index * dimension).update(from: parameters[0].base + number * dimension, count: dimension)
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        if let target = step.parameterGradients[0] {
            for index in 0..<step.inputs[0].count {
                let number = Int(step.inputs[0].base[index].double.rounded(.towardZero))
                Block.add(step.gradient.base + index * dimension, to: target.base + number * dimension, dimension)
            }
        }
        return [nil]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    func tangents(_ step: TangentStep<N>, _ pool: BlockPool<N>) throws -> [Block<N>]? {
        try step.parameterTangents[0].map { try forward(step.inputs, [$0], pool) }
    }
}
