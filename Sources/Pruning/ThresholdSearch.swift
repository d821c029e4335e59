internal import Tensors

/// Finds the exact threshold below which a given number of weights lie, over one tensor or many, in bounded memory.
///
/// A sample brackets the threshold; one streamed pass then counts what lies below the bracket and keeps what lies in
/// it, which decides. Where the sample misled, or too much lies in the bracket, one pass for each 16-bit digit of the
/// scores finds the threshold whatever the weights, and one more counts about it. The result is the same either way.
struct ThresholdSearch<S: Score> {
    let passes: ScorePasses<S>
    private let pool = HistogramPool()

    /// Keys that a survey keeps at most.
    private let shortlistLimit: Int

    init(_ passes: ScorePasses<S>, shortlistLimit: Int = 8 << 20) {
        self.passes = passes
        self.shortlistLimit = shortlistLimit
    }

    /// The rules by which exactly `zeros` of the elements of the tensors `indices` are pruned, lowest scores first,
    /// ties by (tensor, position).
    func rules(_ indices: [Int], zeros: Int) throws -> [Int: TensorPlan] {
        let total = indices.reduce(0) { $0 + passes.tensors[$1].elementCount }
        precondition(zeros >= 0 && zeros <= total, "more zeros are wanted than there are elements")
        guard zeros > 0 else { return try uniform(indices, rule: MaskRule(threshold: 0, tieEnd: 0)) }
        guard zeros < total else { return try uniform(indices, rule: MaskRule(threshold: .max, tieEnd: .max)) }
        let rank = zeros - 1
        let guess = try survey(indices, ScoreSample(passes, indices).bracket(rank: rank, of: total))
        if let threshold = threshold(guess, rank: rank) {
            return try share(indices, guess, threshold: threshold, zeros: zeros)
        }
        let threshold = try threshold(indices, rank: rank)
        return try share(indices, survey(indices, threshold...threshold), threshold: threshold, zeros: zeros)
    }

    /// Nothing or everything is pruned.
    private func uniform(_ indices: [Int], rule: MaskRule) throws -> [Int: TensorPlan] {
        var plans: [Int: TensorPlan] = [:]
        for index in indices {
            let count = passes.tensors[index].elementCount
            let pruned = rule.threshold == 0 ? 0 : count
            plans[index] = TensorPlan(
                pruned: pruned, kept: count - pruned, isHeldByFloor: false, nonfinite: 0, rule: rule)
        }
        return plans
    }

    /// What each tile of each tensor has about a bracket.
    private struct Survey {
        let bracket: ClosedRange<S.Key>
        var tiles: [Int: [Shortlist<S.Key>]] = [:]
        var below = 0
        var isComplete = true
    }

    /// Sorts all keys about `bracket`; gives up where too many lie in it.
    private func survey(_ indices: [Int], _ bracket: ClosedRange<S.Key>) throws -> Survey {
        passes.progress?.begin("ranking", total: passes.byteCount(indices))
        var survey = Survey(bracket: bracket)
        var kept = 0
        for index in indices where survey.isComplete {
            var tiles: [Shortlist<S.Key>] = []
            try passes.shortlist(index, bracket) { list in
                survey.below += list.below
                kept += list.inside.count
                if kept > shortlistLimit { survey.isComplete = false }
                if survey.isComplete { tiles.append(list) }
            }
            survey.tiles[index] = tiles
        }
        return survey
    }

    /// The key of rank `rank` (0 is the lowest) over all tensors, where the survey holds it.
    private func threshold(_ survey: Survey, rank: Int) -> S.Key? {
        guard survey.isComplete, rank >= survey.below else { return nil }
        let lists = survey.tiles.values.joined()
        let atLow = lists.reduce(0) { $0 + $1.atLow }
        if rank < survey.below + atLow { return survey.bracket.lowerBound }
        var inside: [S.Key] = []
        for list in lists { inside += list.inside }
        let place = rank - survey.below - atLow
        if place < inside.count { return Selection.element(ofRank: place, in: inside) }
        let atHigh = lists.reduce(0) { $0 + $1.atHigh }
        return place < inside.count + atHigh ? survey.bracket.upperBound : nil
    }

    /// The same by counting digits, a pass for each: needs no luck.
    private func threshold(_ indices: [Int], rank: Int) throws -> S.Key {
        var prefix: S.Key = 0
        var below = 0
        for shift in stride(from: S.Key.bitWidth - 16, through: 0, by: -16) {
            passes.progress?.begin("ranking", total: passes.byteCount(indices))
            let histogram = KeyHistogram()
            for index in indices {
                try passes.count(index, prefix: prefix, shift: shift, pool: pool, into: histogram)
            }
            let found = histogram.bin(ofRank: rank - below)
            prefix |= S.Key(truncatingIfNeeded: found.bin) << S.Key(shift)
            below += found.below
        }
        return prefix
    }

    /// Deals the ties out in order of tensors and positions.
    private func share(_ indices: [Int], _ survey: Survey, threshold: S.Key, zeros: Int) throws -> [Int: TensorPlan] {
        let censuses = indices.map { index in
            survey.tiles[index]!.map { $0.census(threshold, in: survey.bracket) }
        }
        var left = zeros - censuses.joined().reduce(0) { $0 + $1.below }
        var plans: [Int: TensorPlan] = [:]
        for (index, tiles) in zip(indices, censuses) {
            let count = passes.tensors[index].elementCount
            let below = tiles.reduce(0) { $0 + $1.below }
            let equal = tiles.reduce(0) { $0 + $1.equal }
            let pruned = min(left, equal)
            let end: Int
            if pruned == 0 {
                end = 0
            } else if pruned == equal {
                end = count
            } else {
                end = try tieEnd(index, tiles.map(\.equal), pruned, threshold)
            }
            left -= pruned
            plans[index] = TensorPlan(
                pruned: below + pruned, kept: count - below - pruned, isHeldByFloor: false,
                nonfinite: survey.tiles[index]!.reduce(0) { $0 + $1.nonfinite },
                rule: MaskRule(threshold: Int64(threshold), tieEnd: end))
        }
        precondition(left == 0, "fewer ties than were counted")
        return plans
    }

    /// Where the last pruned tie lies: in the tile where the running count reaches `pruned`.
    private func tieEnd(
        _ index: Int, _ ties: [Int], _ pruned: Int, _ threshold: S.Key
    ) throws -> Int {
        var left = pruned
        for (tile, count) in ties.enumerated() {
            if left <= count {
                let start = tile * ScorePasses<S>.tileLength
                let end = min(start + ScorePasses<S>.tileLength, passes.tensors[index].elementCount)
                return try passes.position(ofTie: left, index, start..<end, threshold: threshold)
            }
            left -= count
        }
        preconditionFailure("fewer ties than were counted")
    }
}
