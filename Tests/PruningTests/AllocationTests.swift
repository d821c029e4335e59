import Tensors
import Testing

@testable import Pruning

@Suite struct AllocationTests {
    private func tensors(_ shapes: [[Int]]) -> [PrunableTensor] {
        shapes.enumerated().map { index, shape in
            PrunableTensor(
                name: "\(index)", elementType: .float32, elementCount: shape.reduce(1, *), dimensions: shape)
        }
    }

    private func source(_ values: [[Float]]) -> WeightSource {
        { index, range, destination in
            values[index].withUnsafeBytes {
                destination.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: $0[range.lowerBound * 4..<range.upperBound * 4]))
            }
        }
    }

    private func noise(_ count: Int, _ seed: UInt64, scale: Float) -> [Float] {
        var generator = SplitMix64(seed: seed)
        return (0..<count).map { _ in scale * (Float(generator.next(below: 20_001)) / 10_000 - 1) }
    }

    // MARK: ERK

    /// Densities in proportion to the sums of extents over their products: 784·300 and 300·100 by 1084 to 400.
    @Test func erkByHand() throws {
        let shapes = [[784, 300], [300, 100]]
        let found = try ERKAllocation().zeros(
            PruningRequest(sparsity: 0.99), of: tensors(shapes), source([]))
        let keep = 265_200 - 262_548
        let first = 235_200 - found[0]
        #expect(found.reduce(0, +) == 262_548)
        #expect(abs(Double(first) - Double(keep) * 1084 / 1484) <= 1)
    }

    @Test(arguments: [0, 0.1, 0.5, 0.77, 0.9, 0.99, 1])
    func erkIsExactAndWithinBounds(sparsity: Double) throws {
        let list = tensors([[3, 3, 1, 32], [3, 3, 32, 64], [576, 128], [128, 10], [7], [0, 4]])
        let request = try PruningRequest(sparsity: sparsity)
        let found = ERKAllocation().zeros(request, of: list, source([]))
        #expect(found.reduce(0, +) == request.zeros(of: list.reduce(0) { $0 + $1.elementCount }))
        for (zeros, tensor) in zip(found, list) { #expect((0...tensor.elementCount).contains(zeros)) }
        // Where nothing is full, a tensor with smaller extents is denser.
        if sparsity == 0.9 {
            let densities = zip(found, list).prefix(4).map { 1 - Double($0) / Double($1.elementCount) }
            #expect(densities[0] == 1 && densities[3] > densities[2])
        }
    }

    @Test func sharesGoByRemainders() {
        #expect(Proportion.shares(of: 10, weights: [1, 1, 1], limits: [9, 9, 9]) == [4, 3, 3])
        #expect(Proportion.shares(of: 10, weights: [1, 1, 8], limits: [9, 9, 4]) == [3, 3, 4])
        #expect(Proportion.shares(of: 5, weights: [0, 0], limits: [5, 5]) == [3, 2])
        #expect(Proportion.shares(of: 0, weights: [1], limits: [0]) == [0])
    }

    // MARK: LAMP

    /// The lowest of all scores w² / Σ(w'² ≥ w²), sorted plainly.
    @Test(arguments: [0, 0.2, 0.5, 0.9, 0.99, 1])
    func lampAgreesWithASort(sparsity: Double) throws {
        let values = [noise(300, 1, scale: 1), noise(500, 2, scale: 0.01), noise(40, 3, scale: 5), []]
        let list = tensors(values.map { [$0.count] })
        let request = try PruningRequest(sparsity: sparsity)
        let found = try LAMPAllocation().zeros(request, of: list, source(values))
        var scored: [(Double, Int)] = []
        for (tensor, weights) in values.enumerated() {
            let squares = weights.map { Double($0) * Double($0) }
            for square in squares { scored.append((square / squares.filter { $0 >= square }.reduce(0, +), tensor)) }
        }
        scored.sort { $0.0 < $1.0 }
        let wanted = request.zeros(of: scored.count)
        var expected = [0, 0, 0, 0]
        for (_, tensor) in scored.prefix(wanted) { expected[tensor] += 1 }
        #expect(found.reduce(0, +) == wanted)
        // Ties of equal magnitudes may fall to either side.
        for (count, plain) in zip(found, expected) { #expect(abs(count - plain) <= 1) }
    }

    @Test func lampIsBlindToScale() throws {
        let values = [noise(1000, 1, scale: 1), noise(1000, 1, scale: 1e-3)]
        let found = try LAMPAllocation().zeros(
            PruningRequest(sparsity: 0.8), of: tensors(values.map { [$0.count] }), source(values))
        #expect(abs(found[0] - found[1]) <= 2)
    }

    @Test func lampTakesZerosAndWhatIsNotFinite() throws {
        let values: [[Float]] = [[0, 0, 0, 0], [.nan, .infinity, 1, 0]]
        for sparsity in [0, 0.25, 0.5, 0.75, 1] {
            let found = try LAMPAllocation().zeros(
                PruningRequest(sparsity: sparsity), of: tensors([[4], [4]]), source(values))
            #expect(found.reduce(0, +) == Int(8 * sparsity))
        }
    }

    // MARK: With the planner

    @Test func thePlannerFollowsAnAllocation() throws {
        let values = [noise(300, 1, scale: 1), noise(500, 2, scale: 0.01)]
        let planner = Planner(
            tensors: tensors(values.map { [$0.count] }), criterion: MagnitudeCriterion(), read: source(values))
        let plan = try planner.plan(PruningRequest(sparsity: 0.5, minimumKept: 10), zeros: [100, 495])
        #expect(plan.tensors.map(\.pruned) == [100, 490])
        #expect(plan.tensors.map(\.isHeldByFloor) == [false, true])
    }

    @Test func givenScoresRank() throws {
        let scores: [[Float]] = [[3, .nan, 1, -1], [2, .infinity, 0, 5]]
        let planner = Planner(
            tensors: tensors([[4], [4]]), criterion: GivenScores(id: "given", summary: "", scores: scores),
            read: source([[1, 1, 1, 1], [1, 1, 1, 1]]))
        let plan = try planner.plan(PruningRequest(sparsity: 0.5))
        #expect(plan.tensors.map(\.pruned) == [2, 2])
        let all = try planner.plan(PruningRequest(sparsity: 0.75))
        #expect(all.tensors.map(\.pruned) == [3, 3])
    }
}
