import Networks
import Tensors
import Testing

@Suite struct TensorViewTests {
    private func positions(_ view: TensorView) -> [Int] {
        var result: [Int] = []
        view.visit { place, position in
            #expect(place == result.count)
            result.append(view.addends[0] + position)
        }
        return result
    }

    @Test func wholeTensorsLieInOrder() throws {
        let view = TensorView(try Shape([2, 3, 4]))
        #expect(positions(view) == Array(0..<24))
        #expect(view.isWhole(24))
        #expect(view.splitting(axis: 2, into: [2, 2])?.isWhole(24) == true)
        #expect(view.merging(axis: 0).isWhole(24))
    }

    @Test func axesChangePlaces() throws {
        let view = TensorView(try Shape([2, 3])).transposed([1, 0])
        #expect(positions(view) == [0, 3, 1, 4, 2, 5])
        #expect(view.dimensions == [3, 2])
        #expect(!view.isWhole(6))
    }

    @Test func partsInAnOrderOfTheirOwn() throws {
        let view = TensorView(try Shape([2, 4, 2])).selecting([1], axis: 0).removing(axis: 0).selecting(
            [3, 0], axis: 0)
        #expect(positions(view) == [14, 15, 8, 9])
    }

    @Test func emptyAndScalar() throws {
        #expect(positions(TensorView(try Shape([0, 3]))) == [])
        #expect(positions(TensorView(.scalar)) == [0])
    }

    @Test func unevenAxesAreNotSplit() throws {
        let view = TensorView(try Shape([4])).selecting([0, 1, 3, 2], axis: 0)
        #expect(view.splitting(axis: 0, into: [2, 2]) == nil)
        #expect(view.splitting(axis: 0, into: [3]) == nil)
    }
}
