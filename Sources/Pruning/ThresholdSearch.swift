internal import Tensors

/// Finds the exact threshold below which a given number of weights lie, over one tensor or many, in bounded memory:
/// one streamed pass for each 16-bit digit of the scores, and where ties abound one more that counts each tensor's share.
struct ThresholdSearch<S: Score> {
    let passes: ScorePasses<S>
    private let pool = HistogramPool()

    init(_ passes: ScorePasses<S>) { self.passes = passes }

    /// The rules by which exactly `zeros` of the elements of the tensors `indices` are pruned, lowest scores first,
    /// ties by (tensor, position).
    func rules(_ indices: [Int], zeros: Int) throws -> [Int: TensorPlan] {
        let total = indices.reduce(0) { $0 + passes.tensors[$1].elementCount }
        precondition(zeros >= 0 && zeros <= total, "more zeros are wanted than there are elements")
        guard zeros > 0 else { return try uniform(indices, rule: MaskRule(threshold: 0, tieEnd: 0)) }
        guard zeros < total else { return try uniform(indices, rule: MaskRule(threshold: .max, tieEnd: .max)) }
        let (threshold, below, shortlists) = try threshold(indices, rank: zeros - 1)
        return try share(indices, threshold: threshold, ties: zeros - below, shortlists)
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

    /// By tensor, what each of its tiles has near the threshold; nil where that is too much to keep.
    private typealias Shortlists = [Int: [ScorePasses<S>.Shortlist]]?

    /// Digits that are kept for the census, two bytes each; ties without end are counted in a pass of their own.
    private static var shortlistLimit: Int { 8 << 20 }

    /// The key of rank `rank` (0 is the lowest) over all tensors, and how many keys are below it.
    private func threshold(_ indices: [Int], rank: Int) throws -> (S.Key, below: Int, Shortlists) {
        var prefix: S.Key = 0
        var below = 0
        var shift = S.Key.bitWidth - 16
        while shift > 0 {
            let histogram = KeyHistogram()
            for index in indices {
                try passes.count(index, prefix: prefix, shift: shift, pool: pool, into: histogram)
            }
            let found = histogram.bin(ofRank: rank - below)
            prefix |= S.Key(truncatingIfNeeded: found.bin) << S.Key(shift)
            below += found.below
            shift -= 16
        }
        let histogram = KeyHistogram()
        var shortlists: Shortlists = [:]
        var kept = 0
        for index in indices {
            try passes.countLast(index, prefix: prefix, pool: pool, into: histogram) { list in
                kept += list.digits.count
                if kept > Self.shortlistLimit { shortlists = nil }
                shortlists?[index, default: []].append(list)
            }
        }
        let found = histogram.bin(ofRank: rank - below)
        return (prefix | S.Key(truncatingIfNeeded: found.bin), below + found.below, shortlists)
    }

    /// Deals the `ties` out in order of tensors and positions.
    private func share(
        _ indices: [Int], threshold: S.Key, ties: Int, _ shortlists: Shortlists
    ) throws -> [Int: TensorPlan] {
        var plans: [Int: TensorPlan] = [:]
        var left = ties
        for index in indices {
            let count = passes.tensors[index].elementCount
            var tiles: [ScorePasses<S>.Census] = []
            if let shortlists {
                let digit = UInt16(truncatingIfNeeded: threshold)
                tiles = (shortlists[index] ?? []).map { $0.census(threshold: digit) }
            } else {
                try passes.census(index, 0..<count, threshold: threshold) { tiles.append($0) }
            }
            var sum = ScorePasses<S>.Census()
            for tile in tiles { sum += tile }
            let pruned = min(left, sum.equal)
            let end: Int
            if pruned == 0 {
                end = 0
            } else if pruned == sum.equal {
                end = count
            } else {
                end = try tieEnd(index, tiles, pruned, threshold)
            }
            left -= pruned
            plans[index] = TensorPlan(
                pruned: sum.below + pruned, kept: count - sum.below - pruned, isHeldByFloor: false,
                nonfinite: sum.nonfinite, rule: MaskRule(threshold: Int64(threshold), tieEnd: end))
        }
        precondition(left == 0, "fewer ties than were counted")
        return plans
    }

    /// Where the last pruned tie lies: in the tile where the running count reaches `pruned`.
    private func tieEnd(
        _ index: Int, _ tiles: [ScorePasses<S>.Census], _ pruned: Int, _ threshold: S.Key
    ) throws -> Int {
        var left = pruned
        for (tile, census) in tiles.enumerated() {
            if left <= census.equal {
                let start = tile * ScorePasses<S>.tileLength
                let end = min(start + ScorePasses<S>.tileLength, passes.tensors[index].elementCount)
                return try passes.position(ofTie: left, index, start..<end, threshold: threshold)
            }
            left -= census.equal
        }
        preconditionFailure("fewer ties than were counted")
    }
}
