internal import Tensors

extension CostTable {
    /// What this processor takes, measured now, in a fraction of a second. Other work on the machine disturbs it.
    public static func measured() -> CostTable {
        let bench = CostBench()
        return CostTable(
            dense: rows.map(bench.dense), sparse: rows.map(bench.sparse), sliced: bench.sliced, turning: bench.turning,
            gathering: bench.gathering, cacheByte: bench.reading(megabytes: 8), memoryByte: bench.reading(megabytes: 96)
        )
    }
}

/// Small products of each kind, timed.
private struct CostBench {
    /// Inputs and outputs: the weights fill half of what a core's own cache holds.
    private static let size = 384
    private static let columns = CostTable.rows.max()!

    private let weights = Storage<Float>([Float](repeating: 0.5, count: size * size))
    private let input = Storage<Float>([Float](repeating: 0.5, count: size * columns))
    private let output = Storage<Float>([Float](repeating: 0, count: size * columns))
    private let kept: SparseWeights

    init() {
        // One weight in ten, scattered by a fixed rule.
        var state: UInt64 = 1
        let numbers = (0..<Self.size * Self.size).map { _ -> Float in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 40) % 10 == 0 ? 0.5 : 0
        }
        let storage = Storage(numbers)
        kept = SparseWeights(
            SparseElements(storage, count: storage.countNonzeros()),
            SparseLayout(outputs: Self.size, channels: Self.size), threads: 1)
    }

    /// The least of several runs, in nanoseconds; each is repeated until the clock can tell.
    private func time(_ body: () -> Void) -> Double {
        body()
        var repeats = 1
        var least = Double.infinity
        var run = 0
        while run < 7 {
            let start = Clock.nanoseconds
            for _ in 0..<repeats { body() }
            let elapsed = Clock.nanoseconds - start
            if elapsed < 100_000, repeats < 1 << 20 {
                repeats *= 4
            } else {
                least = min(least, elapsed / Double(repeats))
                run += 1
            }
        }
        return least
    }

    func dense(_ rows: Int) -> Double {
        let size = Self.size
        return time {
            Float.product(
                rows: rows, columns: size, depth: size, UnsafePointer(input.base), aStride: size,
                UnsafePointer(weights.base), bStride: size, bIsTransposed: false, output.base, cStride: size,
                adds: false)
        } / Double(size * size * rows)
    }

    func sparse(_ rows: Int) -> Double {
        let bounds = Bounds(nil)
        return time {
            if rows == 1 {
                SparseKernels.vector(kept, 0..<Self.size, UnsafePointer(input.base), output.base, bounds)
            } else {
                SparseKernels.matrix(
                    kept, 0..<Self.size, UnsafePointer(input.base), stride: rows, count: rows, output.base,
                    stride: rows, bounds)
            }
        } / Double(kept.nonzeros * rows)
    }

    var sliced: Double {
        guard let weights = SlicedWeights(kept) else { return 0 }
        let bounds = Bounds(nil)
        return time { SparseKernels.slices(weights, UnsafePointer(input.base), output.base, bounds) }
            / Double(kept.nonzeros)
    }

    var turning: Double {
        let rows = 64
        return time {
            SparseKernels.transpose(
                UnsafePointer(input.base), rows: rows, columns: Self.size, stride: Self.size, into: output.base,
                stride: rows)
        } / Double(rows * Self.size)
    }

    var gathering: Double {
        let (run, runs) = (28, 512)
        return time {
            for index in 0..<runs { (output.base + index * run).copy(UnsafePointer(input.base) + index * run + 1, run) }
        } / Double(run * runs)
    }

    /// A byte of weights that are too many for a smaller cache.
    func reading(megabytes: Int) -> Double {
        let depth = megabytes << 20 / 4 / 2048
        let large = RawBuffer.zeroed(byteCount: depth * 2048 * 4)
        let matrix = large.bytes.baseAddress!.assumingMemoryBound(to: Float.self)
        let x = Storage<Float>([Float](repeating: 0.5, count: depth))
        // Written once, so that each page is one of its own.
        for index in stride(from: 0, to: depth * 2048, by: 1024) { matrix[index] = 0.5 }
        let y = Storage<Float>(count: 2048)
        return time {
            Float.product(
                rows: 1, columns: 2048, depth: depth, UnsafePointer(x.base), aStride: depth, UnsafePointer(matrix),
                bStride: 2048, bIsTransposed: false, y.base, cStride: 2048, adds: false)
        } / Double(depth * 2048 * 4)
    }
}
