internal import CVectorKernels
internal import Networks
internal import Tensors

/// Sparse variational dropout (Molchanov, Ashukha, Vetrov 2017): a weight is normally distributed about θ with variance
/// σ² = α θ², and both are trained. The divergence from the log-uniform prior drives α up where the loss lets it, and a
/// weight with a great α is noise alone: it is pruned.
///
/// Products are sampled where they come out, each output by its own mean and variance (local reparametrisation). Extra
/// variables: log σ², one for each weight. Score: 1 / α.
public final class VariationalDropout: LearnedSparsity {
    public var isKept: [Bool]?
    public var isSettled = false
    private let task: LearningTask
    private let pieces: [LearningTask.Piece]
    private let count: Int

    /// What log σ² begins with: the noise of a weight of usual size is small then.
    private static var start: Float { -10 }

    public init(_ task: LearningTask) {
        self.task = task
        pieces = task.pieces()
        count = pieces.reduce(0) { $0 + $1.count }
    }

    /// log α = 3.
    public var threshold: Float { 0.049787067 }
    public var noisy: [Int] { isSettled ? [] : task.entries }
    public var extraVariables: [VariableGroup] {
        [
            VariableGroup(
                "log σ²", initial: Array(repeating: Self.start, count: count),
                rateFactor: task.rateFactor(travel: 200, most: 10))
        ]
    }

    public func sample(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        into parameters: UnsafeMutableBufferPointer<Float>
    ) {
        settle(variables, into: parameters)
        guard !isSettled else { return }
        let base = task.table.count
        for piece in pieces {
            let (source, target) = (variables.baseAddress!, parameters.baseAddress!)
            let start = base + piece.variable
            vk_powers(source + start, target + start, piece.count)
            guard let isKept else { continue }
            for index in 0..<piece.count where !isKept[piece.parameter + index] { target[start + index] = 0 }
        }
    }

    public func pullBack(
        _ variables: UnsafeBufferPointer<Float>, _ moment: TrainingMoment,
        _ gradient: UnsafeMutableBufferPointer<Float>
    ) -> Double {
        guard !isSettled else { return 0 }
        let factor = task.factor(moment)
        let base = task.table.count
        let sums = UnsafeMutableBufferPointer<Double>.allocate(capacity: pieces.count)
        defer { sums.deallocate() }
        // Each piece is touched by one thread alone.
        nonisolated(unsafe) let (values, slopes, results) = (variables, gradient, sums)
        // Nothing in it throws.
        try! Parallel.forEach(pieces.count, threads: task.threads) { [pieces] number in
            let piece = pieces[number]
            let (mean, variance) = (piece.parameter, base + piece.variable)
            let (source, target) = (values.baseAddress!, slopes.baseAddress!)
            results[number] = vk_variational(
                source + mean, source + variance, target + mean, target + variance, piece.count, factor)
        }
        return sums.reduce(0, +) * Double(factor)
    }

    public func settle(_ variables: UnsafeBufferPointer<Float>, into parameters: UnsafeMutableBufferPointer<Float>) {
        MaskedWeights.write(
            variables, isKept, into: UnsafeMutableBufferPointer(rebasing: parameters[..<task.table.count]))
    }

    /// θ² / σ², with θ² from 10⁻⁸ up as in training.
    public func scores(_ variables: UnsafeBufferPointer<Float>) -> [Float] {
        var scores = [Float](repeating: 0, count: task.table.count)
        for piece in pieces {
            for index in 0..<piece.count {
                let mean = variables[piece.parameter + index]
                let variance = variables[task.table.count + piece.variable + index]
                scores[piece.parameter + index] = (mean * mean + 1e-8) * Float.exponential(-variance)
            }
        }
        return scores
    }
}
