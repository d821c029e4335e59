import Networks
import Tensors
import Testing

@Suite struct OutputMapTests {
    @Test(arguments: [[1], [0], [2], [0, 2], [1, 2], [0, 1, 2]])
    func cellsAgreeWithIndexing(axes: [Int]) throws {
        let dimensions = [3, 4, 5]
        let map = try #require(OutputMap(OutputIndexing(axes: axes), shape: try Shape(dimensions)))
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

    @Test func phasesFoldAnAxis() throws {
        let map = try #require(OutputMap(OutputIndexing(axes: [0, 1], moduli: [2, 0]), shape: try Shape([3, 4])))
        #expect(map.count == 8)
        #expect((0..<12).map(map.cell) == [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3])
    }

    @Test func axesThatDoNotFitGiveNone() throws {
        #expect(OutputMap(OutputIndexing(axes: [2]), shape: try Shape([3, 4])) == nil)
        #expect(OutputMap(.none, shape: try Shape([3])) == nil)
    }
}
