/// How long products take on a processor, one thread working.
public struct CostTable: Sendable, Hashable {
    /// Numbers of rows that products were timed at.
    static let rows = [1, 2, 4, 8, 16, 32, 64, 128]

    /// By number of rows: nanoseconds for a weight and row, dense.
    public var dense: [Double]
    /// The same for a weight that is not zero.
    public var sparse: [Double]
    /// Nanoseconds to turn a number from rows to columns.
    public var turning: Double
    /// Nanoseconds to copy a number to a window.
    public var gathering: Double
    /// Nanoseconds to read a byte of weights from the last cache, and from memory.
    public var cacheByte: Double
    public var memoryByte: Double

    /// Bytes that the last cache is taken to hold.
    private static let cacheBytes = 16 << 20

    /// What a recent server processor with 512-bit vectors was measured to take.
    public static let standard = CostTable(
        dense: [0.06, 0.06, 0.05, 0.035, 0.025, 0.0215, 0.02, 0.02],
        sparse: [0.30, 0.27, 0.14, 0.08, 0.05, 0.035, 0.025, 0.022],
        turning: 0.2, gathering: 0.12, cacheByte: 0.04, memoryByte: 0.1)

    public init(
        dense: [Double], sparse: [Double], turning: Double, gathering: Double, cacheByte: Double, memoryByte: Double
    ) {
        self.dense = dense
        self.sparse = sparse
        self.turning = turning
        self.gathering = gathering
        self.cacheByte = cacheByte
        self.memoryByte = memoryByte
    }

    func denseNanoseconds(_ work: KernelChoice.Work, weightBytes: Int) -> Double {
        let products = Double(work.weights) * Double(work.rows) * Self.rate(dense, work.rows)
        let reading = Double(work.weights) * 4 * byte(weightBytes)
        return max(products, reading) + Double(work.gathered) * gathering
    }

    func sparseNanoseconds(_ work: KernelChoice.Work, weightBytes: Int) -> Double {
        let products = Double(work.nonzeros) * Double(work.rows) * Self.rate(sparse, work.rows)
        // Six bytes for each; the network's other weights are taken to be as sparse as these.
        let share = Double(work.nonzeros) * 1.5 / Double(max(work.weights, 1))
        let reading = Double(work.nonzeros) * 6 * byte(Int(Double(weightBytes) * share))
        let turned = work.rows == 1 ? 0 : Double(work.rows * (work.depth + work.outputs)) * turning
        return max(products, reading) + turned + Double(work.gathered) * gathering
    }

    private func byte(_ weightBytes: Int) -> Double {
        weightBytes < 1 << 20 ? 0 : weightBytes < Self.cacheBytes ? cacheByte : memoryByte
    }

    /// Between two numbers of rows that were timed, the one is counted on whose width the kernels are filled up to.
    private static func rate(_ rates: [Double], _ rows: Int) -> Double {
        guard let place = Self.rows.firstIndex(where: { $0 >= rows }) else { return rates[rates.count - 1] }
        return rates[place] * Double(Self.rows[place]) / Double(max(rows, 1))
    }
}
