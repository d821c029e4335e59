public import Inference
internal import Tensors

/// Times a model's network with dense kernels, with sparse ones, and with those that are chosen.
public struct BenchJob: Sendable {
    public var model: String
    /// Examples that are computed at once: a table for each.
    public var batches = [1, 16]
    /// How often each is run, after two that do not count.
    public var runs = 10
    /// How the choice is made.
    public var table = CostTable.standard
    public var options = JobOptions()

    public init(model: String) { self.model = model }

    public struct Outcome: Sendable, Encodable {
        public var model: String
        public var threads: Int
        /// What zeros in the weights make superfluous, and all kernels do without.
        public var removals: [Removal]
        public var batches: [Batch]
    }

    /// Times in milliseconds, medians of all runs.
    public struct Batch: Sendable, Hashable, Encodable {
        public var batch: Int
        public var dense: Double
        public var sparse: Double
        public var chosen: Double
        /// Bytes that values and scratch memory take with the kernels that are chosen.
        public var memoryBytes: Int
        public var layers: [Layer]
    }

    /// Times in milliseconds, means of all runs.
    public struct Layer: Sendable, Hashable, Encodable {
        public var name: String
        public var dense: Double
        public var sparse: Double
        public var chosen: Double
        public var isSparse: Bool
        /// Share of the weights that are zero; nil for a layer whose weights have no sparse kernel.
        public var sparsity: Double?
        /// Multiplications and additions of weights that are not zero, in 10⁹ a second, with the kernel that is chosen.
        public var gigaflops: Double?
        public var breakEvenSparsity: Double?
    }

    /// - Throws: as `RunJob.run`.
    public func run() throws -> Outcome {
        options.progress?.begin("timing", total: 3 * batches.count)
        var removals: [Removal] = []
        let policies: [KernelPolicy] = [.dense, .sparse, .automatic(table)]
        // One at a time, so that no more than one set of weights is in memory.
        let measurements = try policies.map { policy in
            let predictor = try Model(contentsOf: model, kernels: policy, options: options).predictor()
            return try located(model) {
                removals = try predictor.removals()
                return try batches.map { batch in
                    try options.cancellation?.check()
                    defer { options.progress?.add(1) }
                    return try predictor.measure(batch: batch, runs: runs)
                }
            }
        }
        let tables = batches.indices.map { index in
            Self.batch(batches[index], measurements[0][index], measurements[1][index], measurements[2][index])
        }
        return Outcome(model: model, threads: options.threads, removals: removals, batches: tables)
    }

    private static func batch(
        _ count: Int, _ dense: Measurement, _ sparse: Measurement, _ chosen: Measurement
    ) -> Batch {
        func times(_ measurement: Measurement) -> [String: Double] {
            Dictionary(uniqueKeysWithValues: measurement.layers.map { ($0.name, $0.milliseconds) })
        }
        let (denseTimes, sparseTimes) = (times(dense), times(sparse))
        let layers = chosen.layers.map { layer in
            var result = Layer(
                name: layer.name, dense: denseTimes[layer.name] ?? 0, sparse: sparseTimes[layer.name] ?? 0,
                chosen: layer.milliseconds, isSparse: layer.isSparse)
            if layer.weights > 0 {
                result.sparsity = 1 - Double(layer.nonzeros) / Double(layer.weights)
                result.gigaflops = 2 * Double(layer.products) / max(layer.milliseconds, 1e-6) / 1e6
                result.breakEvenSparsity = layer.breakEvenSparsity
            }
            return result
        }
        return Batch(
            batch: count, dense: dense.milliseconds, sparse: sparse.milliseconds, chosen: chosen.milliseconds,
            memoryBytes: chosen.memoryBytes, layers: layers)
    }
}
