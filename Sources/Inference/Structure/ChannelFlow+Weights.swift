internal import Networks
internal import Tensors

/// Steps with weights.
extension ChannelFlow {
    mutating func mix(_ step: Step, _ index: Int, _ kernel: ChannelKernel) throws {
        let (inputs, outputs) = (map[step.inputs[0]], map[step.outputs[0]])
        var product = Product(
            step: index, kernel: kernel, absorbs: inputs.map { canAbsorb(constants[$0], kernel) })
        let hasConstants = product.absorbs.contains(true)
        if try hasConstants || weights.nonzeros(step.parameters[0]) < kernel.count {
            let pattern = try weights.pattern(step.parameters[0], kernel)
            for input in product.absorbs.indices where !pattern.inputsAreFinite[input] {
                product.absorbs[input] = false
            }
            product.pattern = pattern
            let dead = outputs.indices.filter {
                !pattern.reads($0 - outputs.lowerBound, besides: product.absorbs)
            }
            if !dead.isEmpty {
                let biases = try biases(of: product) { _ in true }
                for channel in dead { set(channel, to: biases[channel - outputs.lowerBound]) }
            }
        }
        products.append(product)
    }

    private func canAbsorb(_ constant: Double, _ kernel: ChannelKernel) -> Bool {
        constant == 0 || (!constant.isNaN && kernel.seesWholeWindows)
    }

    /// Biases of a step with what those inputs add that are absorbed.
    func biases(of product: Product, where isAbsorbed: (Int) -> Bool) throws -> [Double] {
        let step = program.steps[product.step]
        let inputs = map[step.inputs[0]]
        let numbers = product.absorbs.enumerated().map { input, canBe in
            canBe && isAbsorbed(input) ? constants[inputs.lowerBound + input] : 0
        }
        var result = [Double](repeating: 0, count: product.kernel.outputs)
        if let bias = step.parameters.dropFirst().first { result = try weights.storage(bias).doubles }
        if numbers.contains(where: { $0 != 0 }) {
            let sums = try weights.sums(step.parameters[0], product.kernel, of: numbers)
            for output in result.indices { result[output] += sums[output] }
        }
        return result
    }

    /// Each channel by itself becomes some.
    mutating func spread(_ step: Step, _ primitive: DepthwiseConvolution) throws -> Bool {
        let (inputs, outputs) = (map[step.inputs[0]], map[step.outputs[0]])
        guard !inputs.isEmpty, outputs.count == inputs.count * primitive.multiplier,
            let kernel = try ChannelKernel(step, weights.shape), kernel.outputs == outputs.count
        else { return false }
        for place in 0..<outputs.count {
            map.join(outputs.lowerBound + place, inputs.lowerBound + place / primitive.multiplier)
        }
        let hasConstants = inputs.contains { canAbsorb(constants[$0], kernel) }
        guard try hasConstants || weights.isHollow(step) else { return true }
        let pattern = try weights.pattern(step.parameters[0], kernel)
        let numbers = (0..<outputs.count).map { constants[inputs.lowerBound + $0 / primitive.multiplier] }
        var sums = [Double](repeating: 0, count: outputs.count)
        let bias = try step.parameters.dropFirst().first.map { try weights.storage($0).doubles }
        try weights.forEachNonzero(step.parameters[0]) { sums[$0 % outputs.count] += Double($1) }
        for place in 0..<outputs.count where pattern.outputsAreFinite[place] {
            let isHollow = !pattern.reads(place, besides: [false])
            guard isHollow || canAbsorb(numbers[place], kernel) else { continue }
            let sum = isHollow ? 0 : numbers[place] * sums[place]
            set(outputs.lowerBound + place, to: (bias?[place] ?? 0) + sum)
        }
        return true
    }

    mutating func scale(_ step: Step, _ primitive: Affine) throws -> Bool {
        let channels = map[step.inputs[0]]
        let last = (program[step.inputs[0]].extents?.count ?? 0) - 1
        guard primitive.axes.isEmpty || primitive.axes == [last] else { return false }
        guard channels.contains(where: { !constants[$0].isNaN }) else { return tie(step) }
        let (scale, shift) = try primitive.folded(weights.doubles(step.parameters))
        guard [1, channels.count].contains(scale.count), scale.count == shift.count else { return false }
        return tie(step) { value, place in
            let cell = scale.count == 1 ? 0 : place
            return value * T(scale[cell]) + T(shift[cell])
        }
    }

    /// By output of a step with parameters that was followed, whether all that it is computed with is finite.
    func finiteOutputs(of step: Step) throws -> [Bool] {
        let count = map[step.outputs[0]].count
        if case .affine(let primitive) = step.primitive {
            let (scale, shift) = try primitive.folded(weights.doubles(step.parameters))
            return (0..<count).map { scale[$0 % scale.count].isFinite && shift[$0 % shift.count].isFinite }
        }
        guard let kernel = try ChannelKernel(step, weights.shape) else { return Array(repeating: true, count: count) }
        let bias = try step.parameters.dropFirst().first.map { try weights.storage($0).doubles }
        let finite = try weights.pattern(step.parameters[0], kernel).outputsAreFinite
        return finite.indices.map { finite[$0] && (bias?[$0] ?? 0).isFinite }
    }
}
