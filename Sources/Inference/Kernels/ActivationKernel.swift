internal import Networks

/// A function of each element.
struct ActivationKernel<T: Scalar>: Kernel {
    private let function: ElementFunction<T>
    private let count: Int

    init(_ activation: Activation, count: Int) throws {
        function = try ElementFunction(activation)
        self.count = count
    }

    var worksInPlace: Bool { true }

    @specialized(where T == Float)
    @specialized(where T == Double)
    func run(_ operands: Operands<T>) {
        let source = Shared(operands.inputs[0])
        let target = Shared(operands.outputs[0])
        operands.workers.ranges(count, function.cost > 1 ? .computing(count) : .moving(count)) { range in
            let values = target.pointer + range.lowerBound
            if UnsafePointer(target.pointer) != source.pointer {
                values.copy(source.pointer + range.lowerBound, range.count)
            }
            function.apply(values, range.count)
        }
    }
}
