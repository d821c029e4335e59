#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How many weights are removed in the end, and no tensor keeps fewer than its floor.
public enum RemovalTargets: Sendable {
    /// Of all tensors together, with the fewest that each keeps.
    case global(zeros: Int, floors: [Int])
    /// Of each.
    case each([Int])

    /// The same for a round on the way, kept weights falling geometrically.
    ///
    /// - Parameters:
    ///   - share: of the rounds, from 0 to 1.
    ///   - counts: weights of each tensor.
    func at(_ share: Double, counts: [Int]) -> RemovalTargets {
        func zeros(_ count: Int, _ final: Int) -> Int {
            guard share < 1, count > 0 else { return final }
            // Where nothing is left in the end, the rounds aim at half a weight.
            let left = max(Double(count - final), 0.5) / Double(count)
            return min(final, Int((Double(count) * (1 - pow(left, share))).rounded()))
        }
        switch self {
        case .global(let final, let floors):
            return .global(zeros: zeros(counts.reduce(0, +), final), floors: floors)
        case .each(let finals): return .each(zip(counts, finals).map { zeros($0, $1) })
        }
    }

    /// The weights to remove, ascending: those with the least scores; ties go by position.
    ///
    /// - Parameters:
    ///   - scores: by weight.
    ///   - isKept: weights that are not removed yet.
    ///   - tensors: where each tensor lies among the weights.
    func select(_ scores: [Float], isKept: [Bool], tensors: [Range<Int>]) -> [Int] {
        func least(_ places: [Int], _ count: Int) -> [Int] {
            Array(places.sorted { scores[$0] == scores[$1] ? $0 < $1 : scores[$0] < scores[$1] }.prefix(max(count, 0)))
        }
        let alive = tensors.map { range in range.filter { isKept[$0] } }
        switch self {
        case .each(let zeros):
            return zip(alive, zip(tensors, zeros)).flatMap { places, target in
                least(places, target.1 - (target.0.count - places.count))
            }.sorted()
        case .global(let zeros, let floors):
            // What a tensor keeps at least is kept by its best scores.
            let candidates = zip(alive, floors).flatMap { least($0, $0.count - $1) }
            return least(candidates, zeros - isKept.count { !$0 }).sorted()
        }
    }
}
