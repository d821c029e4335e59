internal import Networks
internal import Tensors

/// Writes the steps of a program anew for the channels that are kept.
struct ProgramReduction<T: Scalar> {
    private var demand: ChannelDemand<T>
    private let products: [Int: ChannelFlow<T>.Product]
    private(set) var removals: [Removal] = []

    private var weights: Weights<T> { demand.flow.weights }

    init(_ demand: ChannelDemand<T>) {
        self.demand = demand
        products = Dictionary(uniqueKeysWithValues: demand.flow.products.map { ($0.step, $0) })
    }

    mutating func step(_ index: Int) throws -> Step {
        let step = demand.flow.program.steps[index]
        guard demand.flow.isFollowed[index], let first = step.inputs.first else { return step }
        let (inputs, outputs) = (demand.positions(first), demand.positions(step.outputs[0]))
        if let product = products[index] { return try cut(step, product, inputs, outputs) }
        guard let outputs else { return step }
        return try cut(step, inputs, outputs)
    }

    /// A step that mixes channels.
    private mutating func cut(
        _ step: Step, _ product: ChannelFlow<T>.Product, _ inputs: [Int]?, _ outputs: [Int]?
    ) throws -> Step {
        guard inputs != nil || outputs != nil else { return step }
        report(step, inputs, outputs)
        var step = step
        let ends = product.kernel.endsWithOutputs
        let bias = step.parameters.dropFirst().first
        let gone = Set(0..<product.kernel.inputs).subtracting(inputs ?? Array(0..<product.kernel.inputs))
        step.parameters = [
            try cut(step.parameters[0], rows: ends ? inputs : outputs, columns: ends ? outputs : inputs)
        ]
        let isShifted = gone.contains { input in
            product.absorbs[input]
                && demand.flow.constants[demand.flow.map[step.inputs[0]].lowerBound + input] != 0
        }
        if isShifted {
            let biases = try demand.flow.biases(of: product, where: gone.contains)
            let kept = outputs.map { $0.map { biases[$0] } } ?? biases
            step.parameters.append(weights.derive(.values(kept), insteadOf: bias ?? step.parameters[0]))
        } else if let bias {
            step.parameters.append(try cut(bias, columns: outputs))
        }
        let count = outputs?.count ?? product.kernel.outputs
        step.primitive = step.primitive.mixing(
            inputs?.count ?? product.kernel.inputs, into: count, hasBias: step.parameters.count > 1)
        return step
    }

    /// A step that works channel by channel.
    private mutating func cut(_ step: Step, _ inputs: [Int]?, _ outputs: [Int]) throws -> Step {
        var step = step
        switch step.primitive {
        case .depthwiseConvolution:
            report(step, inputs, outputs)
            let kernel = try cut(step.parameters[0], rows: inputs)
            step.parameters = try [kernel] + step.parameters.dropFirst().map { try cut($0, columns: outputs) }
        case .affine(var primitive) where !primitive.axes.isEmpty:
            step.parameters = try step.parameters.map { try cut($0, columns: outputs) }
            if case .constants(let scale, let shift) = primitive.source {
                func kept(_ values: [Double]) -> [Double] { values.count > 1 ? outputs.map { values[$0] } : values }
                primitive.source = .constants(scale: kept(scale), shift: kept(shift))
                step.primitive = .affine(primitive)
            }
        case .reshape(var primitive):
            if let last = primitive.target.last, last >= 0 {
                primitive.target[primitive.target.count - 1] = outputs.count
                step.primitive = .reshape(primitive)
            }
        default: break
        }
        return step
    }

    private func cut(
        _ reference: ParameterReference, rows: [Int]? = nil, columns: [Int]? = nil
    ) throws -> ParameterReference {
        guard rows != nil || columns != nil else { return reference }
        let extents = try weights.shape(reference).dimensions
        let cut = ParameterCut(base: reference, extents: extents, keptRows: rows, keptColumns: columns)
        return weights.derive(.cut(cut), insteadOf: reference)
    }

    private mutating func report(_ step: Step, _ inputs: [Int]?, _ outputs: [Int]?) {
        let (all, given) = (demand.flow.map[step.outputs[0]], demand.flow.map[step.inputs[0]])
        let kept = Set(outputs ?? Array(0..<all.count))
        let gone = (0..<all.count).filter { !kept.contains($0) }
        let constant = gone.count { !demand.flow.constants[all.lowerBound + $0].isNaN }
        removals.append(
            Removal(
                layer: step.parameters[0].layer, constantOutputs: constant, unreadOutputs: gone.count - constant,
                outputs: all.count, removedInputs: given.count - (inputs?.count ?? given.count), inputs: given.count))
    }
}

extension Primitive {
    /// The same mixture of fewer channels.
    fileprivate func mixing(_ inputs: Int, into outputs: Int, hasBias: Bool) -> Primitive {
        switch self {
        case .convolution(var primitive):
            (primitive.filters, primitive.hasBias) = (outputs, hasBias)
            return .convolution(primitive)
        case .transposedConvolution(var primitive):
            (primitive.filters, primitive.hasBias) = (outputs, hasBias)
            return .transposedConvolution(primitive)
        case .contraction(var primitive):
            (primitive.kernelExtents, primitive.hasBias) = ([inputs, outputs], hasBias)
            return .contraction(primitive)
        default: preconditionFailure("the step mixes channels")
        }
    }
}
