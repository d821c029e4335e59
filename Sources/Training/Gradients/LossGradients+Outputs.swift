internal import LinearAlgebra
internal import Tensors

extension LossGradients {
    /// What the loss is computed of: the network's outputs, or what its last softmax or sigmoid is applied to; row-major.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func outputs(_ parameters: [Element], _ examples: Examples) throws -> [Element] {
        var parts = [[Element]](repeating: [], count: (examples.count + 255) / 256)
        for index in parts.indices {
            parts[index] = try output(parameters, examples, index * 256..<min((index + 1) * 256, examples.count))
        }
        return Array(parts.joined())
    }

    /// Labels drawn from the distribution that the network's outputs stand for: classes by their probabilities, for elements
    /// 0 or 1, and for a squared error the output plus noise of variance ½. The mean of g gᵀ over them is half the
    /// Gauss-Newton matrix of a squared error and that matrix itself for the others.
    public func drawnLabels(_ parameters: [Element], _ examples: Examples, seed: UInt64) throws -> Labels {
        let outputs = try outputs(parameters, examples).map(\.double)
        var generator = SplitMix64(seed: seed)
        let length = outputLength
        switch head.kind {
        case .crossEntropy:
            return .classes(
                stride(from: 0, to: outputs.count, by: length).map { start in
                    Self.draw(outputs[start..<start + length], generator.unit())
                })
        case .binaryCrossEntropy:
            return .values(outputs.map { generator.unit() < Double.sigmoid($0) ? 1 : 0 })
        case .meanSquaredError:
            return .values(
                outputs.map { output in
                    // Box and Muller: a normal deviate.
                    let radius = (-2 * Double.logarithm(1 - generator.unit())).squareRoot()
                    return Float(output + 0.5.squareRoot() * radius * Double.cosine(2 * Double.pi * generator.unit()))
                })
        }
    }

    private static func draw(_ logits: ArraySlice<Double>, _ number: Double) -> Int32 {
        let top = logits.max() ?? 0
        let powers = logits.map { Double.exponential($0 - top) }
        var rest = number * powers.reduce(0, +)
        for (index, power) in powers.enumerated() {
            rest -= power
            if rest < 0 { return Int32(index) }
        }
        return Int32(powers.count - 1)
    }
}
