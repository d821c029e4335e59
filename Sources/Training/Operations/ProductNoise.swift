internal import Networks

/// Which products are drawn at random, and by what seed; for one thread.
final class ProductNoise {
    /// Positions in the table of parameters.
    private let noisy: [Int]
    /// Where the variances of each lie among those of all.
    let ranges: [Range<Int>]
    /// Nil: nothing is drawn, and products are their means.
    var seed: UInt64?

    init(_ noisy: [Int], _ table: ParameterTable) {
        self.noisy = noisy
        var ranges: [Range<Int>] = []
        for entry in noisy {
            let start = ranges.last?.upperBound ?? 0
            ranges.append(start..<start + table.entries[entry].range.count)
        }
        self.ranges = ranges
    }

    /// How many variances there are.
    var count: Int { ranges.last?.upperBound ?? 0 }

    func position(of entry: Int) -> Int? { noisy.firstIndex(of: entry) }
}
