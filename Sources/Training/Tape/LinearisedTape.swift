internal import LinearAlgebra
internal import Networks

/// A tape with the derivatives of its outputs along directions (forward mode), at the values of the batch that it ran last:
/// what stays the same from direction to direction is computed once. For one thread at a time.
final class LinearisedTape<Element: Number & MatrixElement> {
    let tape: Tape<Element>
    private let dualPool: BlockPool<Dual<Element>>
    /// By step, the operation in duals, where it has no tangents of its own.
    private var duals: [Int: any Operation<Dual<Element>>] = [:]

    /// - Parameters:
    ///   - tape: that has run, or will before a direction is asked for.
    ///   - dualPool: several tapes of one thread may share it.
    init(_ tape: Tape<Element>, dualPool: BlockPool<Dual<Element>> = BlockPool()) {
        self.tape = tape
        self.dualPool = dualPool
    }

    /// The derivatives of the outputs; nil where one does not move.
    ///
    /// - Parameters:
    ///   - inputs: the direction by input; nil: zero.
    ///   - parameters: the point that the tape ran at.
    ///   - direction: by parameter; nil: zero.
    func tangents(
        inputs: [Block<Element>?], _ parameters: [Block<Element>], _ direction: [Block<Element>?]
    ) throws -> [Block<Element>?] {
        var flow = [Block<Element>?](repeating: nil, count: tape.values.count)
        for (index, block) in zip(tape.inputs, inputs) { flow[index] = block }
        for (number, planned) in tape.steps.enumerated() {
            let step = TangentStep(
                inputs: planned.inputs.map { tape.values[$0]! }, parameters: planned.parameters.map { parameters[$0] },
                outputs: planned.outputs.map { tape.values[$0]! }, inputTangents: planned.inputs.map { flow[$0] },
                parameterTangents: planned.parameters.map { direction[$0] })
            guard (step.inputTangents + step.parameterTangents).contains(where: { $0 != nil }) else { continue }
            let found = try inLayer(planned.layer) {
                try planned.operation.tangents(step, tape.pool) ?? byDuals(number, planned.factory, step)
            }
            for (index, block) in zip(planned.outputs, found) { flow[index] = block }
        }
        return tape.outputs.map { flow[$0] }
    }

    private func byDuals(
        _ number: Int, _ factory: OperationFactory<Element>, _ step: TangentStep<Element>
    ) throws -> [Block<Element>] {
        let operation = try duals[number] ?? factory.converted().make()
        duals[number] = operation
        let found = try operation.forward(
            zip(step.inputs, step.inputTangents).map(joined),
            zip(step.parameters, step.parameterTangents).map(joined), dualPool)
        return found.map { block in
            let tangents = tape.pool.block(block.count)
            for index in 0..<block.count { tangents.base[index] = block.base[index].tangent }
            return tangents
        }
    }

    private func joined(_ values: Block<Element>, _ tangents: Block<Element>?) -> Block<Dual<Element>> {
        let result = dualPool.block(values.count)
        if let tangents {
            for index in 0..<values.count { result.base[index] = Dual(values.base[index], tangents.base[index]) }
        } else {
            for index in 0..<values.count { result.base[index] = Dual(values.base[index], Element(0.0)) }
        }
        return result
    }
}
