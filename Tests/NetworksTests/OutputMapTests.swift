import Tensors
import Testing

@testable import Networks

struct OutputMapTests {
    @Test(
        "Elements are told apart by the axes that index outputs",
        arguments: [
            ([3, 4], [1], [0], 4), ([2, 3, 4, 5], [3], [0], 5), ([2, 3, 4, 5], [2], [0], 4),
            ([2, 3, 4, 5], [2, 3], [0, 0], 20), ([2, 3, 4, 5], [0, 1, 2], [2, 2, 0], 16),
            ([3, 3, 2, 1], [0, 1, 2], [5, 1, 0], 6), ([7], [0], [0], 7), ([4, 4], [], [], 1), ([0, 3], [1], [0], 0),
            ([3, 3], [2], [0], 0),
        ])
    func cells(dimensions: [Int], axes: [Int], moduli: [Int], count: Int) throws {
        let shape = try Shape(dimensions)
        let map = OutputMap(OutputIndexing(axes: axes, moduli: moduli), shape)
        #expect(map.cellCount == count)
        guard count > 0 else { return }
        var seen: Set<Int> = []
        for position in 0..<shape.elementCount {
            var rest = position
            var indices: [Int] = []
            for extent in dimensions.reversed() {
                indices.insert(rest % extent, at: 0)
                rest /= extent
            }
            var expected = 0
            for (axis, modulus) in zip(axes, moduli) {
                let extent = modulus > 0 ? min(modulus, dimensions[axis]) : dimensions[axis]
                expected = expected * extent + (modulus > 0 ? indices[axis] % modulus : indices[axis])
            }
            #expect(map.cell(ofElement: position) == expected)
            seen.insert(map.cell(ofElement: position))
        }
        #expect(seen == Set(0..<count))
    }
}
