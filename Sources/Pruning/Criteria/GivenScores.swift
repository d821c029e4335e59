internal import Tensors

/// Scores that were worked out before, one for each element of each prunable tensor: how criteria that look at data rank
/// weights with the exact planner.
public struct GivenScores: PruningCriterion {
    public let id: String
    public let summary: String
    private let scores: [[Float]]

    /// - Parameter scores: by prunable tensor, row-major. What is not finite is pruned last, what is negative first.
    public init(id: String, summary: String, scores: [[Float]]) {
        self.id = id
        self.summary = summary
        self.scores = scores
    }

    public func score(_ tile: WeightTile, into buffer: ScoreBuffer) {
        let scores = scores[tile.tensor]
        for index in 0..<tile.count {
            let score = scores[tile.offset + index]
            let bounded = score < .greatestFiniteMagnitude ? max(score, 0) : .greatestFiniteMagnitude
            switch buffer {
            case .single(let buffer): buffer[index] = bounded
            case .double(let buffer): buffer[index] = Double(bounded)
            }
        }
    }
}
