import Networks
import Tensors
import Testing

@testable import Sparsify

@Suite struct OutputOccupancyTests {
    @Test func occupancyCountsEachOutputOnce() throws {
        let map = OutputMap(OutputIndexing(axes: [1]), try Shape([2, 3]))
        let occupancy = OutputOccupancy(map)
        occupancy.mark { mark in [0, 3].forEach(mark) }
        #expect(occupancy.occupied == 1 && !occupancy.isFull)
        occupancy.mark { mark in [1, 2, 5].forEach(mark) }
        #expect(occupancy.occupied == 3 && occupancy.isFull)
    }
}
