/// A look at a few of the scores, which brackets the threshold before any whole pass.
struct ScoreSample<S: Score> {
    /// Weights that are read at one place.
    private static var runLength: Int { 256 }
    /// A model of no more weights is looked at whole.
    private static var minimumCount: Int { 1 << 18 }

    private let keys: [S.Key]
    private let isComplete: Bool

    /// Reads runs of weights at equal distances over all of the tensors `indices`.
    init(_ passes: ScorePasses<S>, _ indices: [Int]) throws {
        let total = indices.reduce(0) { $0 + passes.tensors[$1].elementCount }
        let count = max(Self.minimumCount, total / 512)
        let stride = total <= count ? Self.runLength : total / (count / Self.runLength)
        var keys: [S.Key] = []
        var next = 0
        var start = 0
        for index in indices {
            let end = start + passes.tensors[index].elementCount
            if total <= count {
                keys += try passes.keys(index, 0..<end - start)
            } else {
                while next < end {
                    let first = next - start
                    keys += try passes.keys(index, first..<min(first + Self.runLength, end - start))
                    next += stride
                }
            }
            start = end
        }
        self.keys = keys.sorted()
        isComplete = total <= count
    }

    /// Where the key of rank `rank` among `total` lies, all but certainly.
    func bracket(rank: Int, of total: Int) -> ClosedRange<S.Key> {
        if isComplete { return keys[rank]...keys[rank] }
        let place = Double(rank) / Double(total) * Double(keys.count)
        // Seven standard deviations of a binomial count, since weights of one place are alike.
        let margin = 7 * (place * (1 - place / Double(keys.count)) + 1).squareRoot()
        let low = Int((place - margin).rounded(.down))
        let high = Int((place + margin).rounded(.up))
        return (low < 0 ? 0 : keys[low])...(high < keys.count ? keys[high] : S.greatestFiniteMagnitude.key)
    }
}
