import Testing

@testable import HDF5Format

struct BoxTests {
    static let shapes = [[7], [3, 4], [1, 5], [4, 1], [2, 3, 4], [3, 1, 2, 2]]

    /// Every range falls into few boxes that list its positions in order.
    @Test(arguments: shapes)
    func coverRanges(_ dimensions: [Int]) {
        let count = dimensions.reduce(1, *)
        for lower in 0...count {
            for upper in lower...count {
                let boxes = Box.covering(lower..<upper, of: dimensions)
                #expect(boxes.count <= 2 * dimensions.count - 1)
                #expect(boxes.flatMap { positions($0, in: dimensions) } == Array(lower..<upper))
            }
        }
    }

    @Test func scalarsAreOneBox() {
        #expect(Box.covering(0..<1, of: []) == [Box(start: [], count: [])])
        #expect(Box.covering(0..<0, of: []).isEmpty)
    }

    @Test func intersections() {
        let box = Box(start: [1, 2], count: [3, 3])
        #expect(box.intersection(Box(start: [0, 0], count: [2, 9])) == Box(start: [1, 2], count: [1, 3]))
        #expect(box.intersection(Box(start: [4, 0], count: [2, 9])) == nil)
    }

    private func positions(_ box: Box, in dimensions: [Int]) -> [Int] {
        let whole = Box(start: dimensions.map { _ in 0 }, count: dimensions)
        var result: [Int] = []
        box.forEachRow(from: whole, to: box) { from, to, count in
            #expect(to == result.count)
            result += from..<from + count
        }
        return result
    }
}
