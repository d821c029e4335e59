internal import LinearAlgebra
internal import Networks
internal import Tensors

/// The transpose of a convolution: a product for each position, whose results are added where the taps lie; channels last.
final class TransposedConvolutionOperation<N: Number>: Operation {
    /// That of the convolution whose transpose this is: places are input positions, sources output positions.
    private let table: WindowTable
    private let rows: Int
    private let channels: Int
    private let filters: Int
    private let hasBias: Bool

    init(_ primitive: TransposedConvolution, input: ValueShape, output: ValueShape) throws {
        let (source, target) = (input.split(.last), output.split(.last))
        table = try WindowTable(transposed: primitive, input: source.spatial, output: target.spatial)
        rows = input.rows
        channels = source.channels
        filters = primitive.filters
        hasBias = primitive.hasBias
    }

    private var width: Int { table.taps * filters }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func forward(_ inputs: [Block<N>], _ parameters: [Block<N>], _ pool: BlockPool<N>) -> [Block<N>] {
        let places = rows * table.places
        let spread = pool.block(places * width)
        // The kernel is (taps · filters, channels).
        N.multiply(
            MatrixProduct(rows: places, columns: width, depth: channels, bIsTransposed: true), inputs[0].base,
            parameters[0].base, spread.base)
        let output = pool.zeros(rows * table.inputPositions * filters)
        for row in 0..<rows {
            table.scatter(
                spread.base + row * table.places * width, output.base + row * table.inputPositions * filters,
                channels: filters, places: 0..<table.places)
        }
        if hasBias {
            Broadcast([filters], over: [table.inputPositions, filters]).add(
                parameters[1].base, to: output.base, rows: rows)
        }
        return [output]
    }

    @specialized(where N == Float)
    @specialized(where N == Double)
    @specialized(where N == Dual<Float>)
    @specialized(where N == Dual<Double>)
    func backward(_ step: BackwardStep<N>, _ pool: BlockPool<N>) -> [Block<N>?] {
        let places = rows * table.places
        let gradient = step.gradient
        if hasBias, let target = step.parameterGradients[1] {
            Broadcast([filters], over: [table.inputPositions, filters]).sum(
                gradient.base, rows: rows, into: target.base)
        }
        let spread = pool.block(places * width)
        for row in 0..<rows {
            table.gather(
                gradient.base + row * table.inputPositions * filters, spread.base + row * table.places * width,
                channels: filters, places: 0..<table.places)
        }
        if let target = step.parameterGradients[0] {
            N.multiply(
                MatrixProduct(rows: width, columns: channels, depth: places, aIsTransposed: true, adds: true),
                spread.base, step.inputs[0].base, target.base)
        }
        guard step.needsInput[0] else { return [nil] }
        let result = pool.block(step.inputs[0].count)
        N.multiply(
            MatrixProduct(rows: places, columns: channels, depth: width), spread.base, step.parameters[0].base,
            result.base)
        return [result]
    }
}

extension WindowTable {
    /// Which output position each tap of each input position adds to; −1 where that lies outside.
    init(transposed primitive: TransposedConvolution, input: [Int], output: [Int]) throws(SparsifyError) {
        let window = primitive.window
        let (places, taps) = (input.reduce(1, *), window.size.reduce(1, *))
        var crops: [Int] = []
        for axis in input.indices { crops.append(try primitive.cropBefore(input[axis], axis: axis)) }
        let distances = strides(output)
        let (placeSteps, tapSteps) = (strides(input), strides(window.size))
        var sources: [Int32] = []
        for place in 0..<places {
            for tap in 0..<taps {
                var target = 0
                for axis in input.indices {
                    let position =
                        place / placeSteps[axis] % input[axis] * window.strides[axis] - crops[axis]
                        + tap / tapSteps[axis] % window.size[axis] * window.dilation[axis]
                    guard (0..<output[axis]).contains(position) else {
                        target = -1
                        break
                    }
                    target += position * distances[axis]
                }
                sources.append(Int32(target))
            }
        }
        self.init(places: places, taps: taps, inputPositions: output.reduce(1, *), sources: sources)
    }
}
