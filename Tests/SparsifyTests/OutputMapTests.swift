import Tensors
import Testing

@testable import Sparsify

@Suite struct OutputMapTests {
    @Test(arguments: [[1], [0], [2], [0, 2], [1, 2], [0, 1, 2]])
    func cellsAgreeWithIndexing(axes: [Int]) throws {
        let dimensions = [3, 4, 5]
        let map = OutputMap(shape: try Shape(dimensions), outputAxes: axes)
        #expect(map.count == axes.reduce(1) { $0 * dimensions[$1] })
        for i in 0..<3 {
            for j in 0..<4 {
                for k in 0..<5 {
                    let expected = axes.reduce(0) { $0 * dimensions[$1] + [i, j, k][$1] }
                    #expect(map.cell((i * 4 + j) * 5 + k) == expected)
                }
            }
        }
    }

    @Test func occupancyCountsEachOutputOnce() throws {
        let occupancy = OutputOccupancy(OutputMap(shape: try Shape([2, 3]), outputAxes: [1]))
        occupancy.mark { mark in [0, 3].forEach(mark) }
        #expect(occupancy.occupied == 1 && !occupancy.isFull)
        occupancy.mark { mark in [1, 2, 5].forEach(mark) }
        #expect(occupancy.occupied == 3 && occupancy.isFull)
    }
}
