import Testing

@testable import Sparsify

@Suite struct TargetSearchTests {
    /// Where more zeros are always better, the fewest that meet it are found, to the last.
    @Test(arguments: [1, 2, 7, 500, 501, 999, 1000]) func theFewest(needed: Int) {
        let search = TargetSearch(elements: 1000, wantsFewest: true, resolution: 1)
        let trials = search.run { $0 >= needed }
        #expect(search.best(trials).map { trials[$0].zeros } == needed)
        #expect(trials.count <= search.expectedTrials + 10)
        #expect(Set(trials.map(\.zeros)).count == trials.count)
    }

    @Test(arguments: [0, 1, 499, 500, 875, 999, 1000]) func theMost(allowed: Int) {
        let search = TargetSearch(elements: 1000, wantsFewest: false, resolution: 1)
        let trials = search.run { $0 <= allowed }
        #expect(search.best(trials).map { trials[$0].zeros } == allowed)
    }

    @Test func theResolutionEndsIt() throws {
        let search = TargetSearch(elements: 1000, wantsFewest: true, resolution: 50)
        let trials = search.run { $0 >= 333 }
        let found = try #require(search.best(trials).map { trials[$0].zeros })
        #expect((333...383).contains(found) && trials.count < 8)
    }

    @Test func whatIsMetOrMissedByAllIsKnownAtOnce() {
        let search = TargetSearch(elements: 1000, wantsFewest: true, resolution: 1)
        #expect(search.run { _ in true }.count == 1)
        let trials = search.run { _ in false }
        #expect(search.best(trials) == nil && trials.contains { $0.zeros == 1000 })
        let most = TargetSearch(elements: 1000, wantsFewest: false, resolution: 1)
        #expect(most.run { _ in false }.count == 1)
    }

    /// One that misses between two that meet does not end the search.
    @Test func aDipIsPassed() {
        let search = TargetSearch(elements: 1024, wantsFewest: false, resolution: 1)
        let trials = search.run { $0 != 512 && $0 <= 800 }
        #expect(search.best(trials).map { trials[$0].zeros } == 800)
    }
}
