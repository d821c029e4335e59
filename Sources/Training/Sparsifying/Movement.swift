internal import Networks

/// Movement pruning (Sanh, Wolf, Rush 2020): a weight matters if training takes it away from zero, wherever it is. The network is
/// run with the weights of a mask, and ∂L/∂S = ∂L/∂ŵ · w goes to the scores S of all, masked ones too (straight through), so that
/// these may come back.
///
/// Extra variables: S, one for each weight, which the optimizer moves as it does weights. Score: how far S lies above the least.
/// It ranks weights, and does not say how many go.
public final class Movement: LearnedSparsity {
    public var isKept: [Bool]?
    public var isSettled = false
    private let task: LearningTask
    private let pieces: [LearningTask.Piece]
    private let count: Int

    public init(_ task: LearningTask) {
        self.task = task
        pieces = task.pieces()
        count = pieces.reduce(0) { $0 + $1.count }
    }

    public var threshold: Float { 0 }
    public var letsReturn: Bool { true }
    public var extraVariables: [VariableGroup] { [VariableGroup("S", initial: Array(repeating: 0, count: count))] }

    public func sample(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        into parameters: UnsafeMutableBufferPointer<Float>
    ) { settle(variables, into: parameters) }

    public func settle(_ variables: UnsafeBufferPointer<Float>, into parameters: UnsafeMutableBufferPointer<Float>) {
        MaskedWeights.write(
            variables, isKept, into: UnsafeMutableBufferPointer(rebasing: parameters[..<task.table.count]))
    }

    public func pullBack(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        _ gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        guard !isSettled else { return 0 }
        for piece in pieces {
            for index in 0..<piece.count {
                let (weight, score) = (piece.parameter + index, task.table.count + piece.variable + index)
                gradient[score] = gradient[weight] * variables[weight]
            }
        }
        // What the network is run without does not move.
        if let isKept { for index in isKept.indices where !isKept[index] { gradient[index] = 0 } }
        return 0
    }

    public func scores(_ variables: UnsafeBufferPointer<Float>) -> [Float] {
        let learned = variables[task.table.count..<task.table.count + count]
        let least = learned.min() ?? 0
        var scores = [Float](repeating: 0, count: task.table.count)
        for piece in pieces {
            for index in 0..<piece.count {
                scores[piece.parameter + index] = variables[task.table.count + piece.variable + index] - least
            }
        }
        return scores
    }
}
