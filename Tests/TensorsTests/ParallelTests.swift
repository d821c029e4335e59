import Synchronization
import Tensors
import Testing

@Suite struct ParallelTests {
    struct Failure: Error, Equatable { var index: Int }

    /// Work that takes longer for some indices than for others.
    private static func spin(_ index: Int) -> Int {
        var value = UInt64(index)
        for _ in 0..<(index % 7 * 300) { value = value &* 6_364_136_223_846_793_005 &+ 1 }
        return Int(truncatingIfNeeded: value >> 32)
    }

    @Test(arguments: [1, 2, 3, 5, 16]) func outputsComeInOrderWhateverTheThreads(_ threads: Int) throws {
        var order: [Int] = []
        var outputs: [Int] = []
        try Parallel.ordered(200, threads: threads) {
            Self.spin($0)
        } consume: { index, output in
            order.append(index)
            outputs.append(output)
        }
        #expect(order == Array(0..<200))
        #expect(outputs == (0..<200).map(Self.spin))
    }

    @Test(arguments: [-3, 0, 1, 2]) func fewOrNoJobs(_ count: Int) throws {
        let calls = Atomic<Int>(0)
        try Parallel.forEach(count, threads: 4) { _ in calls.add(1, ordering: .relaxed) }
        #expect(calls.load(ordering: .relaxed) == max(count, 0))
    }

    @Test(arguments: [0, 1, 2, 7]) func everyJobRunsOnce(_ threads: Int) throws {
        let counts = Mutex([Int](repeating: 0, count: 300))
        try Parallel.forEach(300, threads: threads) { index in
            _ = Self.spin(index)
            counts.withLock { $0[index] += 1 }
        }
        #expect(counts.withLock { $0 } == [Int](repeating: 1, count: 300))
    }

    /// The later job fails long before the earlier one does.
    @Test(arguments: [1, 2, 4, 8]) func theErrorIsThatOfTheLowestIndex(_ threads: Int) {
        for _ in 0..<5 {
            let error = #expect(throws: Failure.self) {
                try Parallel.forEach(100, threads: threads) { index in
                    if index == 13 { throw Failure(index: 13) }
                    if index == 12 {
                        for round in 0..<200 { _ = Self.spin(round) }
                        throw Failure(index: 12)
                    }
                }
            }
            #expect(error == Failure(index: 12))
        }
    }

    @Test(arguments: [1, 2, 4]) func anErrorStopsWhatHasNotBegun(_ threads: Int) {
        let begun = Atomic<Int>(0)
        var consumed: [Int] = []
        #expect(throws: Failure(index: 5)) {
            try Parallel.ordered(100_000, threads: threads) { index in
                begun.add(1, ordering: .relaxed)
                if index == 5 { throw Failure(index: index) }
                return index
            } consume: { index, _ in
                consumed.append(index)
            }
        }
        #expect(consumed == [0, 1, 2, 3, 4])
        #expect(begun.load(ordering: .relaxed) <= 6 + 2 * threads)
    }

    @Test(arguments: [1, 2, 4]) func errorsOfTheConsumerComeThrough(_ threads: Int) {
        var consumed: [Int] = []
        #expect(throws: Failure(index: 3)) {
            try Parallel.ordered(50, threads: threads) {
                $0
            } consume: { index, _ in
                consumed.append(index)
                if index == 3 { throw Failure(index: index) }
            }
        }
        #expect(consumed == [0, 1, 2, 3])
    }

    /// Outputs in being: begun by `produce` and not yet through `consume`.
    @Test(arguments: [1, 2, 3]) func noMoreOutputsThanTheWindowAreInBeing(_ threads: Int) throws {
        let state = Mutex((now: 0, most: 0))
        try Parallel.ordered(300, threads: threads) { index in
            state.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            return index
        } consume: { index, _ in
            // A slow consumer, behind whom outputs would pile up.
            for round in 0..<3 { _ = Self.spin(round * 7 + 6) }
            _ = Self.spin(index)
            state.withLock { $0.now -= 1 }
        }
        #expect(state.withLock { $0.now } == 0)
        #expect(state.withLock { $0.most } <= 2 * threads)
    }

    @Test func theConsumerIsCalledByOneThreadAtATime() throws {
        let inside = Atomic<Int>(0)
        var overlaps = 0
        try Parallel.ordered(400, threads: 8) {
            Self.spin($0)
        } consume: { index, _ in
            if inside.add(1, ordering: .sequentiallyConsistent).newValue != 1 { overlaps += 1 }
            _ = Self.spin(index)
            inside.subtract(1, ordering: .sequentiallyConsistent)
        }
        #expect(overlaps == 0)
    }

    @Test func thereIsAtLeastOneThread() { #expect(Parallel.defaultThreads >= 1) }

    @Test func aFlagCancelsOnceAndForAll() throws {
        let flag = CancellationFlag()
        try flag.check()
        flag.cancel()
        for _ in 0..<2 {
            let error = #expect(throws: SparsifyError.self) { try flag.check() }
            #expect(error?.code == .cancelled)
        }
    }

    @Test(arguments: [0, 1, 63, 4096]) func buffersAreAlignedAndHaveTheirSize(_ size: Int) {
        let buffer = RawBuffer.zeroed(byteCount: size)
        #expect(Int(bitPattern: buffer.bytes.baseAddress!) % 64 == 0)
        #expect(buffer.bytes.count == max(size, 1))
        #expect(buffer.bytes.allSatisfy { $0 == 0 })
    }
}
