import Tensors
import Testing

@testable import Pruning

@Suite struct BudgetAllocationTests {
    private static func problem(_ seed: UInt64) -> BudgetAllocation {
        var generator = SplitMix64(seed: seed)
        return BudgetAllocation(
            candidates: (0..<3).map { _ in
                var (zeros, damage) = (0, 0.0)
                return (0..<4).map { number in
                    if number > 0 {
                        zeros += 1 + generator.next(below: 20)
                        damage += generator.unit()
                    }
                    return .init(zeros: zeros, damage: damage)
                }
            })
    }

    /// Of all combinations of candidates that come to as many zeros, none costs less than what was trimmed.
    @Test(arguments: 0..<20) func noCombinationCostsLess(seed: Int) {
        let allocation = Self.problem(UInt64(seed))
        let most = allocation.candidates.reduce(0) { $0 + $1.last!.zeros }
        for total in stride(from: 1, to: most, by: 7) {
            let zeros = allocation.zeros(total: total)
            #expect(zeros.reduce(0, +) == total)
            // Trimming only lessens what the candidates cost.
            let damage = zip(allocation.candidates, zeros).reduce(0.0) { sum, pair in
                sum + pair.0.first { $0.zeros >= pair.1 }!.damage
            }
            var least = Double.infinity
            for a in allocation.candidates[0] {
                for b in allocation.candidates[1] {
                    for c in allocation.candidates[2] where a.zeros + b.zeros + c.zeros >= total {
                        least = min(least, a.damage + b.damage + c.damage)
                    }
                }
            }
            #expect(damage <= least + 1e-12)
        }
    }

    @Test func theEnds() {
        let allocation = Self.problem(1)
        #expect(allocation.zeros(total: 0) == [0, 0, 0])
        #expect(allocation.zeros(total: 100_000) == allocation.candidates.map { $0.last!.zeros })
    }

    /// What costs nothing goes first, however large it is.
    @Test func freeZerosGoFirst() {
        let allocation = BudgetAllocation(candidates: [
            [.init(zeros: 0, damage: 0), .init(zeros: 100_000, damage: 0)],
            [.init(zeros: 0, damage: 0), .init(zeros: 100_000, damage: 1)],
        ])
        #expect(allocation.zeros(total: 90_000) == [90_000, 0])
        #expect(allocation.zeros(total: 130_001) == [100_000, 30_001])
    }
}
