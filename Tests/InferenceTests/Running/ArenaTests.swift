import Testing

@testable import Inference

/// Places for values in one block of memory.
@Suite struct ArenaTests {
    @Test(arguments: 0..<20)
    func noTwoLiveValuesOverlap(seed: Int) {
        var generator = SplitMix64(UInt64(seed))
        var arena = Arena()
        var live: [(start: Int, count: Int)] = []
        for _ in 0..<500 {
            if live.isEmpty || Int.random(in: 0..<5, using: &generator) < 3 {
                let count = Int.random(in: 0..<(Bool.random(using: &generator) ? 40 : 1000), using: &generator)
                let start = arena.take(count)
                #expect(start % 16 == 0)
                #expect(start + count <= arena.count)
                #expect(live.allSatisfy { $0.start + $0.count <= start || start + max(count, 1) <= $0.start })
                live.append((start, max(count, 1)))
            } else {
                let (start, count) = live.remove(at: Int.random(in: 0..<live.count, using: &generator))
                arena.give(back: start, count)
            }
        }
        // All free again, all of it is one gap.
        for (start, count) in live { arena.give(back: start, count) }
        let whole = arena.count
        #expect(arena.take(whole) == 0)
        #expect(arena.count == whole)
    }

    @Test func freePlacesAreTakenAgain() {
        var arena = Arena()
        let (a, b, c) = (arena.take(100), arena.take(50), arena.take(200))
        #expect(Set([a, b, c]).count == 3)
        let whole = arena.count
        arena.give(back: a, 100)
        arena.give(back: c, 200)
        // The smallest gap that does.
        #expect(arena.take(90) == a)
        #expect(arena.take(200) == c)
        #expect(arena.count == whole)
        // A gap at the end grows by what is missing.
        arena.give(back: c, 200)
        #expect(arena.take(300) == c)
        #expect(arena.count == c + 304)
    }
}
