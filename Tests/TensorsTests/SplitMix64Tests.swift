import Tensors
import Testing

@Suite struct SplitMix64Tests {
    /// The first numbers of the published generator for the seed 1234567.
    @Test func publishedNumbers() {
        var generator = SplitMix64(seed: 1_234_567)
        let found = (0..<5).map { _ in generator.next() }
        #expect(
            found == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423,
                4_593_380_528_125_082_431, 16_408_922_859_458_223_821,
            ])
    }

    @Test(arguments: [1, 2, 7, 1000])
    func numbersBelowABoundAreAllReached(bound: Int) {
        var generator = SplitMix64(seed: 1)
        let found = (0..<20 * bound).map { _ in generator.next(below: bound) }
        #expect(found.allSatisfy { 0..<bound ~= $0 })
        #expect(Set(found).count == bound)
    }

    @Test(arguments: [(0, 5), (3, 5), (5, 5), (9, 5), (100, 1_000_000_000_000)])
    func samplesAreDistinct(count: Int, total: Int) {
        var generator = SplitMix64(seed: 3)
        let found = generator.sample(count, of: total)
        #expect(found.count == min(count, total))
        #expect(Set(found).count == found.count)
        #expect(found.allSatisfy { 0..<total ~= $0 })
    }

    /// A sample is the beginning of a shuffle, and each of the six orders of three comes about as often.
    @Test func samplesAreShuffles() {
        var counts: [[Int]: Int] = [:]
        for seed in 0..<6000 {
            var (first, second) = (SplitMix64(seed: UInt64(seed)), SplitMix64(seed: UInt64(seed)))
            let order = first.sample(3, of: 3)
            #expect(Array(order.prefix(2)) == second.sample(2, of: 3))
            counts[order, default: 0] += 1
        }
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 120 })
    }
}
