internal import Tensors

/// Magnitude: the score of a weight is |w| (Han et al. 2015, "Learning both weights and connections").
///
/// NaN and infinities score highest, so they are pruned last. Needs nothing but the weights; one pass.
public struct MagnitudeCriterion: PruningCriterion {
    public init() {}

    public var id: String { "magnitude" }
    public var summary: String { "|w|; needs nothing (Han et al. 2015)" }

    public func score(_ tile: WeightTile, into scores: ScoreBuffer) {
        switch scores {
        case .single(let buffer): WeightValues.forEach(tile) { buffer[$0] = Self.magnitude($1) }
        case .double(let buffer): WeightValues.forEachDouble(tile) { buffer[$0] = Self.magnitude($1) }
        }
    }

    @inline(__always)
    private static func magnitude<T: BinaryFloatingPoint>(_ weight: T) -> T {
        // Written so that NaN fails the comparison and takes the bound.
        let magnitude = weight.magnitude
        return magnitude <= T.greatestFiniteMagnitude ? magnitude : T.greatestFiniteMagnitude
    }
}
