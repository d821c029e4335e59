internal import Tensors

/// Streams the scores of tensors past a visitor, tile by tile, on several threads.
struct ScorePasses<S: Score>: Sendable {
    let tensors: [PrunableTensor]
    let criterion: any PruningCriterion
    let read: WeightSource
    let threads: Int
    let cancellation: CancellationFlag?
    let progress: WorkProgress?

    /// Weights that are read at once.
    static var tileLength: Int { 1 << 18 }

    /// Bytes that one pass over `indices` reads.
    func byteCount(_ indices: [Int]) -> Int {
        indices.reduce(0) { $0 + tensors[$1].elementCount * tensors[$1].elementType.byteWidth }
    }

    /// Calls `visit` on each tile of tensor `index` with a way to walk its keys in blocks: position of the block's
    /// first weight in the tensor, and the keys. What `visit` returns goes to `merge` in order.
    func run<Output: Sendable>(
        _ index: Int, _ range: Range<Int>,
        visit: @escaping @Sendable (((Int, UnsafeBufferPointer<S.Key>) -> Void) -> Void) -> Output,
        merge: (Output) throws -> Void
    ) throws {
        guard !range.isEmpty else { return }
        let type = tensors[index].elementType
        let tiles = (range.count - 1) / Self.tileLength + 1
        try Parallel.ordered(tiles, threads: threads) { tile -> Output in
            try cancellation?.check()
            let start = range.lowerBound + tile * Self.tileLength
            let end = min(start + Self.tileLength, range.upperBound)
            let buffer = RawBuffer(byteCount: (end - start) * type.byteWidth)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<((end - start) * type.byteWidth)])
            try read(index, start..<end, bytes)
            let weights = WeightTile(
                tensor: index, offset: start, elementType: type, elements: UnsafeRawBufferPointer(bytes))
            defer { progress?.add(bytes.count) }
            return visit { body in
                ScoreBlocks.forEach(weights, criterion, S.self) { body(start + $0, $1) }
            }
        } consume: { _, output in
            try merge(output)
        }
    }
}

extension ScorePasses {
    /// Adds to `total` the digit `shift` of every key whose higher digits equal those of `prefix`.
    func count(
        _ index: Int, prefix: S.Key, shift: Int, pool: HistogramPool, into total: KeyHistogram
    ) throws {
        let isFirst = shift + 16 == S.Key.bitWidth
        try run(index, 0..<tensors[index].elementCount) { walk in
            pool.with { histogram in
                let bins = histogram.bins
                walk { _, keys in
                    if isFirst {
                        for key in keys { bins[Int(truncatingIfNeeded: key &>> S.Key(shift))] &+= 1 }
                    } else {
                        let upper = prefix &>> S.Key(shift + 16)
                        for key in keys where key &>> S.Key(shift + 16) == upper {
                            bins[Int(truncatingIfNeeded: key &>> S.Key(shift)) & 0xffff] &+= 1
                        }
                    }
                }
            }
        } merge: { _ in
        }
        pool.drain(into: total)
    }

    /// Sorts the keys of one tensor about `bracket`; `tile` gets what it finds in each tile in order.
    func shortlist(_ index: Int, _ bracket: ClosedRange<S.Key>, tile: (Shortlist<S.Key>) -> Void) throws {
        let bound = S.greatestFiniteMagnitude.key
        let (low, high) = (bracket.lowerBound, bracket.upperBound)
        try run(index, 0..<tensors[index].elementCount) { walk in
            var list = Shortlist<S.Key>()
            walk { _, keys in
                // Signs instead of comparisons, in lanes as wide as the keys, become vector code.
                let sign = S.Key(S.Key.bitWidth - 1)
                var below: S.Key = 0
                var upToLow: S.Key = 0
                var belowHigh: S.Key = 0
                var upToHigh: S.Key = 0
                var nonfinite: S.Key = 0
                for key in keys {
                    below &-= (key &- low) >> sign
                    upToLow &-= (key &- low &- 1) >> sign
                    belowHigh &-= (key &- high) >> sign
                    upToHigh &-= (key &- high &- 1) >> sign
                    nonfinite &-= (bound &- 1 &- key) >> sign
                }
                list.below += Int(below)
                list.atLow += Int(upToLow - below)
                list.atHigh += Int(upToHigh - belowHigh)
                list.nonfinite += Int(nonfinite)
                guard belowHigh > upToLow else { return }
                for key in keys where low < key && key < high { list.inside.append(key) }
            }
            return list
        } merge: {
            tile($0)
        }
    }

    /// Every key of `range`, in order.
    func keys(_ index: Int, _ range: Range<Int>) throws -> [S.Key] {
        var result: [S.Key] = []
        try run(index, range) { walk in
            var keys: [S.Key] = []
            walk { keys.append(contentsOf: $1) }
            return keys
        } merge: {
            result += $0
        }
        return result
    }

    /// The position after the tie number `count` (from 1) among those of `range`.
    func position(ofTie count: Int, _ index: Int, _ range: Range<Int>, threshold: S.Key) throws -> Int {
        var found: Int?
        try run(index, range) { walk -> Int? in
            var seen = 0
            var position: Int?
            walk { start, keys in
                for (offset, key) in keys.enumerated() where key == threshold && position == nil {
                    seen += 1
                    if seen == count { position = start + offset + 1 }
                }
            }
            return position
        } merge: {
            found = found ?? $0
        }
        guard let found else { preconditionFailure("fewer ties than were counted") }
        return found
    }
}
