/// Runs a kernel that wants channels last on values that have them first.
struct ChannelsLastKernel<T: Scalar>: Kernel {
    private let inner: any Kernel<T>
    private let there: PermutationKernel<T>
    private let back: PermutationKernel<T>
    private let inputCount: Int
    private let outputCount: Int

    init(_ inner: any Kernel<T>, input: ValueLayout, output: ValueLayout) {
        self.inner = inner
        let rank = input.extents.count
        there = PermutationKernel(dimensions: input.dimensions, order: [0] + Array(2...rank) + [1])
        // The result as it comes, channels last.
        let made = [output.rows] + output.extents.dropFirst() + [output.extents[0]]
        back = PermutationKernel(dimensions: made, order: [0, rank] + Array(1..<rank))
        inputCount = input.count
        outputCount = output.count
    }

    var isSparse: Bool { inner.isSparse }

    var scratchCount: Int { inputCount + outputCount + inner.scratchCount }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) throws {
        let input = operands.scratch
        let output = input + inputCount
        let scratch = output + outputCount
        let workers = operands.workers
        there.run(Operands(inputs: [operands.inputs[0]], outputs: [input], scratch: scratch, workers: workers))
        try inner.run(Operands(inputs: [UnsafePointer(input)], outputs: [output], scratch: scratch, workers: workers))
        back.run(
            Operands(
                inputs: [UnsafePointer(output)], outputs: [operands.outputs[0]], scratch: scratch, workers: workers))
    }
}
