public import Tensors

/// What another network, the teacher, makes of the training examples; the network learns it beside the labels: the loss is
/// (1 − a) · L(labels) + a T² · L(teacher), both sides of the latter made softer by the temperature T (Hinton, Vinyals, Dean
/// 2015), where L(teacher) is the divergence from the teacher, so that it is zero where both say the same. A squared error takes
/// the teacher's outputs as they are.
public struct Distillation: Sendable {
    let targets: [Float]
    let perExample: Int
    /// By example, what the cross-entropy with the targets has of their own entropy; empty where there is none.
    private var entropies: [Float] = []
    let temperature: Float
    let share: Float

    /// - Parameters:
    ///   - outputs: the teacher's, as `LossGradients.outputs` gives them, for all training examples.
    ///   - share: a, what the teacher counts against the labels, 0 to 1.
    /// - Throws: `usage` where a number is out of range.
    public init(
        outputs: [Float], examples: Int, head: LossHead, length: Int, temperature: Double, share: Double
    ) throws(SparsifyError) {
        guard temperature > 0, temperature.isFinite, share >= 0, share <= 1, examples > 0 else {
            throw SparsifyError(
                .usage,
                "A temperature is positive and a share lies between 0 and 1; these are \(temperature) and \(share).")
        }
        perExample = outputs.count / examples
        self.share = Float(share)
        switch head.kind {
        case .meanSquaredError:
            self.temperature = 1
            targets = outputs
        case .binaryCrossEntropy:
            self.temperature = Float(temperature)
            targets = outputs.map { Float.sigmoid($0 / Float(temperature)) }
        case .crossEntropy:
            self.temperature = Float(temperature)
            var targets = outputs.map { $0 / Float(temperature) }
            for start in stride(from: 0, to: targets.count, by: length) {
                let top = targets[start..<start + length].max() ?? 0
                for index in start..<start + length { targets[index] = Float.exponential(targets[index] - top) }
                let sum = targets[start..<start + length].reduce(0, +)
                for index in start..<start + length { targets[index] /= sum }
            }
            self.targets = targets
            entropies = stride(from: 0, to: targets.count, by: max(perExample, 1)).map { start in
                targets[start..<start + perExample].reduce(0) { $0 - ($1 > 0 ? $1 * Float.logarithm($1) : 0) }
            }
        }
    }

    /// Mixes the teacher's part into the gradient by the output.
    ///
    /// - Returns: the loss, both parts together.
    func mix(
        _ loss: Float, _ gradient: Block<Float>, _ output: Block<Float>, _ head: LossHead, _ numbers: ArraySlice<Int>,
        _ length: Int, _ factor: Double, _ tape: Tape<Float>
    ) -> Double {
        var wanted: [Float] = []
        wanted.reserveCapacity(numbers.count * perExample)
        for number in numbers { wanted += targets[number * perExample..<(number + 1) * perExample] }
        let (softened, slope) = (tape.block(output.count), tape.block(output.count))
        for index in 0..<output.count { softened.base[index] = output.base[index] / temperature }
        var taught = head.evaluate(
            softened.base, .values(wanted[...]), length: length, factor: factor, gradient: slope.base)
        if !entropies.isEmpty { taught -= numbers.reduce(0) { $0 + entropies[$1] } * Float(factor) }
        let weight = share * temperature * temperature
        for index in 0..<gradient.count {
            gradient.base[index] =
                (1 - share) * gradient.base[index] + weight / temperature * slope.base[index]
        }
        return Double((1 - share) * loss + weight * taught)
    }
}
