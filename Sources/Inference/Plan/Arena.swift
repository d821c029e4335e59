/// Places for values in one block of memory: a place is taken when its value is made and free again after its last
/// use.
struct Arena {
    /// Numbers of memory that all places together span.
    private(set) var count = 0
    /// Free gaps below `count`, ascending.
    private var gaps: [Range<Int>] = []
    /// Places begin at multiples of this, so that vector loads are aligned.
    private static let granule = 16

    private static func rounded(_ count: Int) -> Int { (max(count, 1) + granule - 1) / granule * granule }

    /// Takes the smallest gap that is large enough, or new memory.
    mutating func take(_ wanted: Int) -> Int {
        let size = Self.rounded(wanted)
        let fitting = gaps.indices.filter { gaps[$0].count >= size }
        if let best = fitting.min(by: { gaps[$0].count < gaps[$1].count }) {
            let start = gaps[best].lowerBound
            if gaps[best].count == size {
                gaps.remove(at: best)
            } else {
                gaps[best] = start + size..<gaps[best].upperBound
            }
            return start
        }
        // A gap at the end grows.
        if let last = gaps.last, last.upperBound == count {
            gaps.removeLast()
            count = last.lowerBound + size
            return last.lowerBound
        }
        defer { count += size }
        return count
    }

    mutating func give(back start: Int, _ wanted: Int) {
        let range = start..<start + Self.rounded(wanted)
        let position = gaps.firstIndex { $0.lowerBound > start } ?? gaps.count
        gaps.insert(range, at: position)
        if position + 1 < gaps.count, gaps[position + 1].lowerBound == range.upperBound {
            gaps[position] = range.lowerBound..<gaps[position + 1].upperBound
            gaps.remove(at: position + 1)
        }
        if position > 0, gaps[position - 1].upperBound == gaps[position].lowerBound {
            gaps[position - 1] = gaps[position - 1].lowerBound..<gaps[position].upperBound
            gaps.remove(at: position)
        }
    }
}
