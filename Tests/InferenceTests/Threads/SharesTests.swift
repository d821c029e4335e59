import Synchronization
import Tensors
import Testing

@testable import Inference

@Suite struct SharesTests {
    @Test(arguments: [0, 1, 2, 3, 7, 64, 1000], [1, 2, 3, 8]) func everyIndexIsTakenOnce(count: Int, lanes: Int) throws
    {
        let shares = Shares(count, lanes: lanes)
        let taken = Mutex<[Int]>([])
        try Parallel.forEach(lanes, threads: lanes) { lane in
            while let index = shares.take(lane) { taken.withLock { $0.append(index) } }
        }
        #expect(taken.withLock { $0.sorted() } == Array(0..<count))
        #expect((0..<lanes).allSatisfy { shares.take($0) == nil })
    }

    @Test func aLaneBeginsWithItsOwnRun() {
        let shares = Shares(10, lanes: 2)
        #expect((0..<3).map { _ in shares.take(1) } == [5, 6, 7])
        #expect((0..<5).map { _ in shares.take(0) } == [0, 1, 2, 3, 4])
        // Then with what another would do last.
        #expect(shares.take(0) == 9)
        #expect(shares.take(1) == 8)
        #expect(shares.take(0) == nil)
    }

    @Test(arguments: [1, 2, 5]) func aLaneIsNeverOnTwoThreads(threads: Int) {
        let busy = (0..<threads).map { _ in Flag() }
        let clashes = Atomic<Int>(0)
        Workers(threads: threads).share(500, Cost(nanoseconds: 1_000_000)) { lane, _ in
            if busy[lane].isSet.exchange(true, ordering: .acquiringAndReleasing) { clashes.add(1, ordering: .relaxed) }
            busy[lane].isSet.store(false, ordering: .releasing)
        }
        #expect(clashes.load(ordering: .relaxed) == 0)
    }

    private final class Flag: Sendable {
        let isSet = Atomic<Bool>(false)
    }
}
