internal import Networks

/// A parametrisation that learns, with the weights, which of them matter.
///
/// It learns until it settles; after that the network is run with θ as it came out, and nothing is drawn or penalised any
/// more: what is left is trained with its mask held.
public protocol LearnedSparsity: Parametrisation {
    /// As long as θ: the network is run with 0 where a weight is not kept; nil: all are.
    var isKept: [Bool]? { get set }
    /// Whether the learning is over.
    var isSettled: Bool { get set }
    /// Weights with a lower score do not matter, by the method's own paper.
    var threshold: Float { get }
    /// Whether weights that are not kept live on beside the network, and may come back, until it settles.
    var letsReturn: Bool { get }

    /// How much each weight matters by what was learned; the lowest go first.
    ///
    /// - Returns: as long as θ, not negative; 0 for what is not learned of.
    func scores(_ variables: UnsafeBufferPointer<Float>) -> [Float]
}

extension LearnedSparsity {
    public var letsReturn: Bool { false }
}

/// Where a learned criterion stands: which parameters it is for, and when what it asks for is asked in full.
public struct LearningTask {
    public var table: ParameterTable
    /// Positions in the table.
    public var entries: [Int]
    /// What the penalty is multiplied by.
    public var weight: Double
    /// The share of the training over which the penalty grows to its weight.
    public var ramp: Double
    /// How far a variable that always moves one way gets, at the learning rate: its steps times that.
    public var reach: Double
    public var threads: Int

    public init(
        _ table: ParameterTable, entries: [Int], weight: Double, ramp: Double, reach: Double, threads: Int
    ) {
        (self.table, self.entries, self.weight) = (table, entries, weight)
        (self.ramp, self.reach, self.threads) = (ramp, reach, threads)
    }

    /// What the learning rate is multiplied by for logarithms, which have further to go than weights: so that they get so far in
    /// a short training too, but `most` at most.
    func rateFactor(travel: Double, most: Double) -> Float { Float(min(max(travel / max(reach, 1e-9), 1), most)) }

    /// Runs of elements of θ that threads take: where each begins in θ, where among what is learned of, and its length.
    struct Piece {
        var parameter: Int
        var variable: Int
        var count: Int
    }

    func pieces() -> [Piece] {
        let length = 1 << 14
        var result: [Piece] = []
        var variable = 0
        for entry in entries {
            let range = table.entries[entry].range
            for start in stride(from: range.lowerBound, to: range.upperBound, by: length) {
                let count = min(length, range.upperBound - start)
                result.append(Piece(parameter: start, variable: variable, count: count))
                variable += count
            }
        }
        return result
    }

    /// The penalty's share of the loss, which is a mean over the examples.
    func factor(_ moment: TrainingMoment) -> Float {
        let grown = ramp > 0 ? min(1, moment.progress / ramp) : 1
        return Float(weight * grown / Double(max(moment.examples, 1)))
    }
}
