/// Picks what has the lowest scores; ties go in order of position. What is not a number goes last.
enum LowestScores {
    /// Sets `kept` to false at the `count` positions of `range` with the lowest scores.
    static func drop(_ count: Int, of scores: [Double], in range: Range<Int>, _ kept: inout [Bool]) {
        guard count > 0 else { return }
        for position in positions(count, of: range, by: { scores[$0] }) { kept[position] = false }
    }

    static func positions(_ count: Int, of candidates: some Sequence<Int>, by score: (Int) -> Double) -> [Int] {
        let scored = candidates.map { position in
            let value = score(position)
            return (value.isNaN ? .infinity : value, position)
        }
        guard count < scored.count else { return scored.map(\.1) }
        return scored.sorted { $0 < $1 }.prefix(count).map(\.1)
    }

    /// Drops from each group of each row what the pattern says.
    static func drop(_ pattern: GroupPattern, of scores: [Double], inputs: Int, _ kept: inout [Bool]) {
        let groups = pattern.groups(inputs)
        for row in stride(from: 0, to: scores.count, by: max(inputs, 1)) {
            for group in groups {
                let range = row + group.lowerBound..<row + group.upperBound
                drop(pattern.zeros(of: group.count), of: scores, in: range, &kept)
            }
        }
    }
}
