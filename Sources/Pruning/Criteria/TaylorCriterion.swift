/// First-order Taylor expansion: the loss changes by −g · w where w is removed alone, and the score is the size of that,
/// |g · w| (Molchanov et al. 2017; as connection sensitivity in SNIP, Lee et al. 2019). One gradient of the mean loss.
public enum TaylorCriterion {
    /// - Parameters: by weight.
    /// - Returns: scores by weight.
    public static func scores(weights: [Float], gradient: [Float]) -> [Float] {
        zip(weights, gradient).map { abs($0 * $1) }
    }

    /// What the loss changes by, to first order, where the weights that are not kept become zero.
    public static func change(weights: [Float], gradient: [Float], isKept: [Bool]) -> Double {
        weights.indices.reduce(0) { isKept[$1] ? $0 : $0 - Double(gradient[$1]) * Double(weights[$1]) }
    }
}
