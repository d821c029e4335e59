import Tensors
import Testing

@testable import Pruning

/// The ways to the threshold that small and well-behaved models never take.
@Suite struct ThresholdSearchTests {
    /// Larger than what a sample sees whole.
    private static let count = 5 << 16

    private func check(_ weights: [Float], zeros: Int, shortlistLimit: Int = 8 << 20) throws {
        let model = MemoryModel([weights])
        let passes = ScorePasses<Float>(
            tensors: model.tensors, criterion: MagnitudeCriterion(),
            read: { _, range, destination in
                weights[range].withUnsafeBytes { destination.copyMemory(from: $0) }
            }, threads: 2, cancellation: nil, progress: nil)
        let rules = try ThresholdSearch(passes, shortlistLimit: shortlistLimit).rules([0], zeros: zeros)
        let plan = PruningPlan(tensors: [rules[0]!], criterion: MagnitudeCriterion(), precision: .single)
        #expect(plan.tensors[0].pruned == zeros && plan.tensors[0].kept == weights.count - zeros)
        let same = model.pruned(plan, tile: 1 << 16) == model.prunedBySorting(zeros: zeros)
        #expect(same)
    }

    @Test(arguments: [1, 150_000, 327_679])
    func aSampleThatIsRight(zeros: Int) throws {
        try check(MemoryModel.random(sizes: [Self.count], seed: 5).weights[0], zeros: zeros)
    }

    /// The runs that are looked at hold other weights than the rest.
    @Test(arguments: [1000, 150_000, 320_000])
    func aSampleThatMisleads(zeros: Int) throws {
        let random = MemoryModel.random(sizes: [Self.count], seed: 6).weights[0]
        try check(random.enumerated().map { $0 % 512 < 256 ? $1 + 100 : $1 }, zeros: zeros)
    }

    @Test(arguments: [1000, 300_000])
    func moreInTheBracketThanIsKept(zeros: Int) throws {
        try check(MemoryModel.random(sizes: [Self.count], seed: 7).weights[0], zeros: zeros, shortlistLimit: 10)
    }

    /// Ties are counted and not kept.
    @Test(arguments: [1, 163_839, 163_840, 163_841, 300_000])
    func tiesWithoutEnd(zeros: Int) throws {
        try check((0..<Self.count).map { $0 % 2 == 0 ? 1 : -2 }, zeros: zeros, shortlistLimit: 10)
    }

    @Test(arguments: [1, 2, 1000, 70_000])
    func selectionAgreesWithSorting(count: Int) {
        var state: UInt64 = 9
        let keys = (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int32(state >> 34) / (state >> 63 == 0 ? 1 : 1 << 20)
        }
        let sorted = keys.sorted()
        for rank in [0, count / 3, count / 2, count - 1] {
            #expect(Selection.element(ofRank: rank, in: keys) == sorted[rank])
        }
    }
}
