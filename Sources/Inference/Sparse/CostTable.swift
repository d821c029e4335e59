/// How long products take on a processor, one thread working.
public struct CostTable: Sendable, Hashable {
    /// Numbers of rows that products were timed at.
    static let rows = [1, 2, 4, 8, 16, 32, 64, 128]

    /// By number of rows: nanoseconds for a weight and row, dense.
    public internal(set) var dense: [Double]
    /// The same for a weight that is not zero.
    public internal(set) var sparse: [Double]
    /// The same for each of a few rows and weights that lie in slices; 0 where the processor has no instructions for that.
    public var sliced: Double
    /// Nanoseconds to turn a number from rows to columns.
    public var turning: Double
    /// Nanoseconds to copy a number to a window.
    public var gathering: Double
    /// Nanoseconds to read a byte of weights from the last cache, and from memory.
    public var cacheByte: Double
    public var memoryByte: Double

    /// Bytes that the last cache is taken to hold.
    private static let cacheBytes = 16 << 20

    /// What `measured()` gave on an AMD EPYC of the Zen 4 generation.
    public static let standard = CostTable(
        dense: [0.037, 0.019, 0.017, 0.03, 0.024, 0.021, 0.02, 0.019],
        sparse: [0.28, 0.41, 0.19, 0.075, 0.037, 0.027, 0.029, 0.033],
        sliced: 0.132, turning: 0.09, gathering: 0.13, cacheByte: 0.012, memoryByte: 0.036)

    /// - Parameter dense, sparse: one for each of `rows`.
    init(
        dense: [Double], sparse: [Double], sliced: Double, turning: Double, gathering: Double, cacheByte: Double,
        memoryByte: Double
    ) {
        precondition(dense.count == Self.rows.count && sparse.count == Self.rows.count, "one for each number of rows")
        self.dense = dense
        self.sparse = sparse
        self.sliced = sliced
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
        // The network's other weights are taken to be as sparse as these.
        func reading(_ bytes: Double) -> Double {
            let share = Double(work.nonzeros) * bytes / 4 / Double(max(work.weights, 1))
            return Double(work.nonzeros) * bytes * byte(Int(Double(weightBytes) * share))
        }
        if sliced > 0, SlicedWeights.suits(rows: work.rows, nonzeros: work.nonzeros) {
            // Five bytes for each, and more than as many that are filled up.
            return max(Double(work.nonzeros * work.rows) * sliced, reading(12)) + Double(work.gathered) * gathering
        }
        let products = Double(work.nonzeros) * Double(work.rows) * Self.rate(sparse, work.rows)
        let inputs = work.laid ?? work.rows * work.depth
        let turned = work.rows == 1 ? 0 : Double(inputs + work.rows * work.outputs) * turning
        return max(products, reading(6)) + turned + Double(work.laid == nil ? work.gathered : 0) * gathering
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
