internal import CVectorKernels
internal import Networks
internal import Tensors

/// L0 by hard concrete gates (Louizos, Welling, Kingma 2018): each weight, or each group of weights, is multiplied by a gate
/// in 0…1 that is exactly 0 with a probability that is trained, and the expected number of weights behind open gates is
/// what the penalty counts.
///
/// Extra variables: log α, one for each gate. Score: α, by which the gate without noise goes.
public final class HardConcreteGates: LearnedSparsity {
    public var isKept: [Bool]?
    public var isSettled = false
    private let task: LearningTask
    private let pieces: [LearningTask.Piece]
    /// For each weight that is learned of, its gate; nil: each has its own.
    private let gateOf: [Int32]?
    private let sizes: [Float]
    private var gates: [Float]
    private var slopes: [Float]
    private var gradients: [Float]

    /// What log α begins with: gates are open with a probability of 0.98 then.
    private static var start: Float { 2.2 }

    /// What the expected number of weights counts, in the loss of all examples, as in the paper's smaller networks.
    private static var weight: Float { 0.1 }

    /// What shares a gate.
    public enum Group: String, Sendable, Hashable, CaseIterable {
        case weight
        /// All that comes from the same input channel.
        case input
        /// All that feeds the same output channel.
        case output
    }

    /// - Throws: `unsupported` where a parameter has no such groups.
    public init(_ task: LearningTask, group: Group) throws {
        self.task = task
        pieces = task.pieces()
        if group == .weight {
            gateOf = nil
            sizes = Array(repeating: 1, count: pieces.reduce(0) { $0 + $1.count })
        } else {
            var (all, sizes): ([Int32], [Float]) = ([], [])
            for entry in task.entries.map({ task.table.entries[$0] }) {
                let shape = try Shape(entry.shape)
                let map = OutputMap(try Self.axes(group, entry), shape)
                let first = sizes.count
                sizes += Array(repeating: 0, count: map.cellCount)
                for element in 0..<shape.elementCount {
                    let gate = first + map.cell(ofElement: element)
                    all.append(Int32(gate))
                    sizes[gate] += 1
                }
            }
            (gateOf, self.sizes) = (all, sizes)
        }
        gates = Array(repeating: 1, count: sizes.count)
        slopes = Array(repeating: 0, count: sizes.count)
        gradients = slopes
    }

    private static func axes(_ group: Group, _ entry: ParameterTable.Entry) throws -> OutputIndexing {
        let outputs = entry.role.outputs
        if group == .output, !outputs.axes.isEmpty { return outputs }
        let last = entry.shape.count - 1
        guard group == .input, outputs == OutputIndexing(axes: [last]), last > 0 else {
            throw SparsifyError(
                .unsupported,
                "'\(entry.reference.role)' of layer '\(entry.reference.layer)' has no \(group.rawValue) channels to put gates on.",
                remedy: "Exclude it, or give each weight a gate of its own.")
        }
        return OutputIndexing(axes: [last - 1])
    }

    /// σ(log α) (ζ − γ) + γ is 0 there, and negative below: the gate without noise is shut.
    public var threshold: Float { 1 / 11 }
    public var extraVariables: [VariableGroup] {
        [
            VariableGroup(
                "log α", initial: Array(repeating: Self.start, count: sizes.count),
                rateFactor: task.rateFactor(travel: 100, most: 100))
        ]
    }

    public func sample(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        into parameters: UnsafeMutableBufferPointer<Float>
    ) {
        MaskedWeights.write(variables, isKept, into: parameters)
        guard !isSettled else { return }
        vk_gates(variables.baseAddress! + task.table.count, &gates, &slopes, gates.count, moment.seed)
        multiply(parameters)
    }

    private func multiply(_ parameters: UnsafeMutableBufferPointer<Float>) {
        gates.withUnsafeBufferPointer { gates in
            forEach { parameters[$0] *= gates[$1] }
        }
    }

    /// Calls back with each weight's place in θ and its gate.
    @inline(__always)
    private func forEach(_ body: (_ parameter: Int, _ gate: Int) -> Void) {
        for piece in pieces {
            if let gateOf {
                gateOf.withUnsafeBufferPointer { gateOf in
                    for index in 0..<piece.count { body(piece.parameter + index, Int(gateOf[piece.variable + index])) }
                }
            } else {
                for index in 0..<piece.count { body(piece.parameter + index, piece.variable + index) }
            }
        }
    }

    public func pullBack(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        _ gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        guard !isSettled else { return 0 }
        let factor = Self.weight * task.factor(moment)
        gradients.withUnsafeMutableBufferPointer { sums in
            gates.withUnsafeBufferPointer { gates in
                sums.update(repeating: 0)
                forEach { parameter, gate in
                    sums[gate] += gradient[parameter] * variables[parameter]
                    gradient[parameter] *= gates[gate]
                }
            }
        }
        let norm = vk_gate_norm(
            variables.baseAddress! + task.table.count, slopes, sizes, &gradients, gradients.count, factor)
        for index in gradients.indices { gradient[task.table.count + index] = gradients[index] }
        return norm * Double(factor)
    }

    public func settle(_ variables: UnsafeBufferPointer<Float>, into parameters: UnsafeMutableBufferPointer<Float>) {
        MaskedWeights.write(variables, isKept, into: parameters)
        guard !isSettled else { return }
        // A weight that is kept is to be no zero.
        let least = isKept == nil ? 0 : 0.001
        for gate in gates.indices {
            let open = 1 / (1 + Double.exponential(-Double(variables[task.table.count + gate])))
            gates[gate] = Float(min(1, max(least, open * 1.2 - 0.1)))
        }
        multiply(parameters)
    }

    public func scores(_ variables: UnsafeBufferPointer<Float>) -> [Float] {
        var scores = [Float](repeating: 0, count: task.table.count)
        forEach { scores[$0] = Float.exponential(variables[task.table.count + $1]) }
        return scores
    }
}
