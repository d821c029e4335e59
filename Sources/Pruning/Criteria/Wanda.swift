internal import LinearAlgebra

/// Wanda (Sun, Liu, Bair, Kolter 2023, "A simple and effective pruning approach for large language models"): the score of
/// a weight is |w| · ‖x‖₂, with x its input over all samples, and scores are compared within an output.
///
/// Of each output the same share goes, as nearly as whole numbers allow. Weights that are kept stay as they are. Cost: the
/// norms of the inputs, and a sort for each output.
public struct Wanda: LayerCriterion {
    public init() {}

    public func prune(_ problems: [LayerProblem], _ target: LayerTarget, threads: Int) -> LayerResult {
        let outputs = problems.reduce(0) { $0 + $1.outputs }
        var (output, dropped) = (0, 0)
        let kept = problems.map { problem in
            let norms = problem.gram.diagonal.map { max($0, 0).squareRoot() }
            let scores = problem.weights.indices.map { problem.weights[$0].magnitude * norms[$0 % problem.inputs] }
            var kept = [Bool](repeating: true, count: problem.count)
            switch target {
            case .pattern(let pattern): LowestScores.drop(pattern, of: scores, inputs: problem.inputs, &kept)
            case .zeros(let zeros):
                for row in 0..<problem.outputs {
                    output += 1
                    let wanted = Share.of(zeros, output, outputs) - dropped
                    let start = row * problem.inputs
                    LowestScores.drop(wanted, of: scores, in: start..<start + problem.inputs, &kept)
                    dropped += wanted
                }
            }
            return kept
        }
        return LayerResult(problems, kept: kept, method: "wanda")
    }
}

/// Whole shares that add up.
enum Share {
    /// What the first `part` of `whole` equal parts have of `total`, rounded down.
    static func of(_ total: Int, _ part: Int, _ whole: Int) -> Int {
        guard whole > 0 else { return 0 }
        let (high, low) = total.multipliedFullWidth(by: part)
        return whole.dividingFullWidth((high, low)).quotient
    }
}
