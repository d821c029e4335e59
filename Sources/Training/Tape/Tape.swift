internal import Networks
internal import Tensors

/// A program ready to be run on batches of a fixed size, forwards and then backwards. For one thread at a time.
///
/// Reverse-mode differentiation (Linnainmaa 1970; Griewank and Walther, "Evaluating Derivatives", 2008): each step's
/// values are kept, then gradients pass from the outputs to the parameters, step by step.
final class Tape<N: Number> {
    struct PlannedStep {
        var operation: any Operation<N>
        var factory: OperationFactory<N>
        var inputs: [Int]
        var outputs: [Int]
        /// Positions in the table of parameters.
        var parameters: [Int]
        var needsInput: [Bool]
        var layer: String
    }

    let inputs: [Int]
    let outputs: [Int]
    let steps: [PlannedStep]
    /// By value, whether a gradient by it is needed.
    private let isNeeded: [Bool]
    let pool: BlockPool<N>
    private(set) var values: [Block<N>?]

    /// - Parameters:
    ///   - outputs: values of the program that are computed, and from which gradients come.
    ///   - rows: examples in a batch.
    ///   - extents: of each input.
    ///   - tracksInputs: whether `backward` finds gradients by the inputs too.
    ///   - isTraining: whether batch normalisations go by the batch.
    ///   - chance: what the noise of layers is drawn by; nil: there is none.
    ///   - noise: of products, whose variances are parameters behind those of the table.
    ///   - pool: several tapes of one thread may share it.
    /// - Throws: `unsupported`, naming the layer, where there is no gradient of a step; `usage` where the extents do not fit.
    init(
        _ network: Network, _ table: ParameterTable, outputs: [ValueID], rows: Int, extents: [[Int]],
        tracksInputs: Bool = false, isTraining: Bool = false, noise: ProductNoise? = nil,
        chance: Chance? = nil, pool: BlockPool<N> = BlockPool()
    ) throws {
        self.pool = pool
        let program = network.program
        let needed = program.needed(for: outputs)
        let layers = network.stepLayers
        var known = program.values
        var shapes = [ValueShape?](repeating: nil, count: known.count)
        for (input, given) in zip(network.inputs, extents) {
            known[input.index].extents = given.map(Int?.some)
            shapes[input.index] = try Self.shape(known[input.index], rows: rows)
        }
        var isNeeded = [Bool](repeating: false, count: known.count)
        if tracksInputs { for input in network.inputs { isNeeded[input.index] = true } }
        var steps: [PlannedStep] = []
        for (index, step) in program.steps.enumerated() where needed.contains(index) {
            let layer = layers[index]
            try inLayer(layer) {
                try program.infer(step, in: &known)
                for output in step.outputs { shapes[output.index] = try Self.shape(known[output.index], rows: rows) }
                func shape(_ id: ValueID) throws -> ValueShape {
                    guard let shape = shapes[id.index] else {
                        throw SparsifyError(.unsupported, "A shape in the network is left open.")
                    }
                    return shape
                }
                var parameters = try step.parameters.map { try table.position($0) }
                let factory = OperationFactory<N>(
                    step: step, inputs: try step.inputs.map(shape), outputs: try step.outputs.map(shape),
                    parameterShapes: parameters.map { table.entries[$0].shape }, layer: layer,
                    isTraining: isTraining && !step.parameters.contains(where: network.isFrozen), chance: chance,
                    number: index)
                let needsInput = step.inputs.map { isNeeded[$0.index] }
                var operation = try factory.make()
                let isDifferentiable = parameters.contains { table.entries[$0].isTrainable }
                if let noise, let variances = parameters.lazy.compactMap({ noise.position(of: $0) }).first {
                    operation = try SampledProduct(operation, factory.makeVariance(), noise, number: index)
                    parameters.append(table.entries.count + variances)
                }
                steps.append(
                    PlannedStep(
                        operation: operation, factory: factory, inputs: step.inputs.map(\.index),
                        outputs: step.outputs.map(\.index), parameters: parameters, needsInput: needsInput,
                        layer: layer))
                if isDifferentiable || needsInput.contains(true) {
                    for output in step.outputs { isNeeded[output.index] = true }
                }
            }
        }
        self.inputs = network.inputs.map(\.index)
        self.outputs = outputs.map(\.index)
        self.steps = steps
        self.isNeeded = isNeeded
        values = Array(repeating: nil, count: known.count)
    }

    private static func shape(_ value: Value, rows: Int) throws -> ValueShape? {
        let extents = value.extents ?? [nil]
        let known = extents.compactMap { $0 }
        guard known.count == extents.count, let copies = value.copies else { return nil }
        return try ValueShape(
            rows: try Checked.multiply(rows, copies, "number of examples and steps"), extents: known)
    }

    /// The outputs for a batch; the values on the way are kept for `backward`.
    ///
    /// - Parameter given: one block for each input, of the extents that the tape was made for.
    func forward(_ given: [Block<N>], _ parameters: [Block<N>]) throws -> [Block<N>] {
        for index in values.indices { values[index] = nil }
        for (index, block) in zip(inputs, given) { values[index] = block }
        for step in steps {
            let found = try inLayer(step.layer) {
                try step.operation.forward(
                    step.inputs.map { try value($0) }, step.parameters.map { parameters[$0] }, pool)
            }
            for (index, block) in zip(step.outputs, found) { values[index] = block }
        }
        return try outputs.map(value)
    }

    private func value(_ index: Int) throws -> Block<N> {
        guard let block = values[index] else {
            throw SparsifyError(.malformed, "The network needs an input that is not in its list of inputs.")
        }
        return block
    }

    /// Adds the gradients by the parameters of the batch that `forward` was given last, and returns those by the inputs
    /// where they are tracked.
    ///
    /// - Parameters:
    ///   - gradients: by the outputs; they may be changed.
    ///   - parameterGradients: by parameter, what is added to; nil where none is wanted.
    @discardableResult
    func backward(
        _ gradients: [Block<N>], _ parameters: [Block<N>], into parameterGradients: [Block<N>?]
    ) -> [Block<N>?] {
        var flow = [Block<N>?](repeating: nil, count: values.count)
        // Blocks that came from an operation may be added to; those that several values share may not.
        func add(_ gradient: Block<N>, to index: Int) {
            guard let sum = flow[index] else {
                flow[index] = gradient
                return
            }
            let result = pool.block(sum.count)
            result.copy(sum.base)
            result.add(gradient)
            flow[index] = result
        }
        for (index, gradient) in zip(outputs, gradients) { add(gradient, to: index) }
        for step in steps.reversed() {
            let given = step.outputs.map { flow[$0] }
            for output in step.outputs { flow[output] = nil }
            guard given.contains(where: { $0 != nil }), step.outputs.contains(where: { isNeeded[$0] }) else { continue }
            let found = step.operation.backward(
                BackwardStep(
                    inputs: step.inputs.map { values[$0]! }, parameters: step.parameters.map { parameters[$0] },
                    outputs: step.outputs.map { values[$0]! }, gradients: given, needsInput: step.needsInput,
                    parameterGradients: step.parameters.map { parameterGradients[$0] }), pool)
            for (position, index) in step.inputs.enumerated() where step.needsInput[position] {
                if let gradient = found[position] { add(gradient, to: index) }
            }
        }
        return inputs.map { flow[$0] }
    }

    /// Room for a batch of inputs or gradients.
    func block(_ count: Int) -> Block<N> { pool.block(count) }

    func zeros(_ count: Int) -> Block<N> { pool.zeros(count) }
}
