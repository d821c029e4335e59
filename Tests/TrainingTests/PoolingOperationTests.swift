import Tensors
import Testing

@testable import Networks
@testable import Training

/// Largest elements in float32, by kernels in C, against those in float64, written in Swift.
@Suite struct PoolingOperationTests {
    private func run<N: Number>(
        _ pooling: Pooling, _ input: [Double], _ shape: ValueShape, _ output: ValueShape, _: N.Type
    )
        throws -> (values: [Double], gradient: [Double])
    {
        let pool = BlockPool<N>()
        let operation = try PoolingOperation<N>(pooling, input: shape, output: output)
        let given = pool.block(input.count)
        for index in input.indices { given.base[index] = N(input[index]) }
        // What was chosen for one batch must not stay for the next.
        let other = pool.block(input.count)
        for index in input.indices { other.base[index] = N(Double(index)) }
        _ = operation.forward([other], [], pool)
        let found = operation.forward([given], [], pool)[0]
        let slope = pool.block(found.count)
        for index in 0..<slope.count { slope.base[index] = N(Double(index % 7)) }
        let gradient = operation.backward(
            BackwardStep(
                inputs: [given], parameters: [], outputs: [found], gradients: [slope], needsInput: [true],
                parameterGradients: []), pool)[0]!
        func doubles(_ block: Block<N>) -> [Double] { (0..<block.count).map { block.base[$0].double } }
        return (doubles(found), doubles(gradient))
    }

    @Test(arguments: [
        (Window(size: [2, 2], strides: [2, 2], padding: .valid), [6, 8, 5], [3, 4, 5]),
        (Window(size: [3, 3], strides: [2, 2], padding: .same), [7, 5, 20], [4, 3, 20]),
        (Window(size: [3, 2], strides: [1, 1], padding: .same), [4, 4, 1], [4, 4, 1]),
    ])
    func bothFindTheSame(window: Window, input: [Int], output: [Int]) throws {
        let (shape, target) = (try ValueShape(rows: 3, extents: input), try ValueShape(rows: 3, extents: output))
        var generator = SplitMix64(seed: 4)
        // Few numbers, so that there are equal ones, and some below zero, where the padding is not to win.
        let numbers = (0..<shape.count).map { _ in Double(generator.next(below: 5)) - 4 }
        let pooling = Pooling(.maximum, window: window, channels: .last)
        let single = try run(pooling, numbers, shape, target, Float.self)
        let double = try run(pooling, numbers, shape, target, Double.self)
        #expect(single.values == double.values)
        #expect(single.gradient == double.gradient)
    }
}
