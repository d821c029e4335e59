/// A rectangular part of an array.
struct Box: Hashable {
    var start: [Int]
    var count: [Int]

    var elementCount: Int { count.reduce(1, *) }

    /// Cuts a range of row-major positions into boxes whose elements, one box after another, are those of the range
    /// in order: at most `2 · rank − 1` of them.
    static func covering(_ range: Range<Int>, of dimensions: [Int]) -> [Box] {
        guard !range.isEmpty else { return [] }
        guard !dimensions.isEmpty else { return [Box(start: [], count: [])] }
        let inner = Array(dimensions.dropFirst())
        let rowCount = inner.reduce(1, *)
        let full = Box(start: inner.map { _ in 0 }, count: inner)
        func parts(_ row: Int, _ part: Range<Int>) -> [Box] {
            covering(part, of: inner).map { Box(start: [row] + $0.start, count: [1] + $0.count) }
        }

        var first = range.lowerBound / rowCount
        let last = range.upperBound / rowCount
        let (skipped, rest) = (range.lowerBound % rowCount, range.upperBound % rowCount)
        guard first < last else { return parts(first, skipped..<rest) }
        var result: [Box] = []
        if skipped > 0 {
            result += parts(first, skipped..<rowCount)
            first += 1
        }
        if first < last { result.append(Box(start: [first] + full.start, count: [last - first] + full.count)) }
        if rest > 0 { result += parts(last, 0..<rest) }
        return result
    }

    /// The part that both have; nil where there is none.
    func intersection(_ other: Box) -> Box? {
        var result = self
        for axis in start.indices {
            let lower = max(start[axis], other.start[axis])
            let upper = min(start[axis] + count[axis], other.start[axis] + other.count[axis])
            guard lower < upper else { return nil }
            result.start[axis] = lower
            result.count[axis] = upper - lower
        }
        return result
    }

    /// Calls `body` for each of the rows along the last axis with where its elements stand, counted in elements from
    /// the starts of `source` and `destination`, boxes that contain this one. The rank is at least 1.
    func forEachRow(
        from source: Box, to destination: Box, _ body: (_ from: Int, _ to: Int, _ count: Int) -> Void
    ) {
        let last = start.count - 1
        var position = start
        while true {
            body(source.offset(of: position), destination.offset(of: position), count[last])
            var axis = last - 1
            while axis >= 0 {
                position[axis] += 1
                if position[axis] < start[axis] + count[axis] { break }
                position[axis] = start[axis]
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    private func offset(of position: [Int]) -> Int {
        var result = 0
        for axis in start.indices { result = result * count[axis] + position[axis] - start[axis] }
        return result
    }
}
