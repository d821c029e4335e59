/// Magnitude within one tensor: what layer-wise criteria are measured against, and what stands in for them where a layer
/// has no inputs to go by. Masks alone; the weights that are kept stay as they are.
public struct LayerMagnitude: LayerCriterion {
    public init() {}

    public func prune(_ problems: [LayerProblem], _ target: LayerTarget, threads: Int) -> LayerResult {
        LayerResult(
            problems, kept: Self.kept(problems.map(\.weights), problems.first?.inputs ?? 0, target), method: "magnitude"
        )
    }

    /// - Parameter inputs: the length of a matrix's rows.
    static func kept(_ matrices: [[Double]], _ inputs: Int, _ target: LayerTarget) -> [[Bool]] {
        switch target {
        case .zeros(let count):
            let all = matrices.joined().map(\.magnitude)
            var kept = [Bool](repeating: true, count: all.count)
            LowestScores.drop(count, of: all, in: all.indices, &kept)
            let length = matrices.first?.count ?? 0
            return matrices.indices.map { Array(kept[$0 * length..<($0 + 1) * length]) }
        case .pattern(let pattern):
            return matrices.map { matrix in
                var kept = [Bool](repeating: true, count: matrix.count)
                LowestScores.drop(pattern, of: matrix.map(\.magnitude), inputs: inputs, &kept)
                return kept
            }
        }
    }
}
