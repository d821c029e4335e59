internal import Inference
internal import ModelIO
internal import Pruning
public import Reports
internal import Tensors

/// How much each tensor matters: it alone is pruned, to several sparsities, and the network is run on data. Nothing is
/// written.
public struct SensitivityJob: Sendable {
    /// The model, the data, the criterion and all that is the same for each; its output and request play no part.
    public var base: PruneJob
    public var sparsities = [0.5, 0.8, 0.9]
    /// A tensor that costs more than this at `judgedAt` should be left out: a share of the examples, or of the loss where
    /// there is no accuracy.
    public var tolerance = 0.01
    /// The sparsity by which tensors are judged: the nearest of those that are tried.
    public var judgedAt = 0.8

    public init(input: String) throws {
        base = PruneJob(input: input, output: "scan.spm", request: try PruningRequest(sparsity: 0))
        base.isDryRun = true
    }

    /// - Throws: `usage` where there is no data with labels, or a number is none; what pruning throws.
    public func run() throws -> ScanReport {
        guard !sparsities.isEmpty, sparsities.allSatisfy({ $0 > 0 && $0 <= 1 }) else {
            throw SparsifyError(.usage, "The sparsities of a scan are \(sparsities); they are above 0 and at most 1.")
        }
        guard tolerance >= 0, tolerance.isFinite else {
            throw SparsifyError(.usage, "A tolerance of \(tolerance) is none.")
        }
        var job = base
        job.target = nil
        // So that the criterion is known to need its data.
        job.request.sparsity = sparsities.max()!
        let setup = try PruningSetup(job, isPruning: true)
        let work = try PruningWork(setup)
        guard let dense = work.before else {
            throw SparsifyError(
                .usage, "How much a tensor matters is seen on data with labels, and there is none.",
                remedy: "Give it with --data FILE, or --data-x and --data-y.")
        }
        let judged = sparsities.min { abs($0 - judgedAt) < abs($1 - judgedAt) }!
        defer { job.options.progress?.beginPart(nil) }
        let tensors = try setup.planned.tensors.indices.map { tensor in
            try scan(tensor, setup, work, dense, judged)
        }
        return ScanReport(
            model: base.input, criterion: base.criterion, samples: (work.validation ?? work.data)?.count ?? 0,
            dense: dense,
            judgedAt: judged, tolerance: tolerance, tensors: tensors)
    }

    private func scan(
        _ tensor: Int, _ setup: PruningSetup, _ work: PruningWork, _ dense: EvaluationReport, _ judged: Double
    ) throws -> ScannedTensor {
        let info = setup.planned.tensors[tensor]
        let index = setup.planned.indices[tensor]
        let points = try sparsities.sorted().map { sparsity in
            try setup.job.options.cancellation?.check()
            setup.job.options.progress?.beginPart(
                "tensor \(tensor + 1) of \(setup.planned.tensors.count) at \(sparsity)")
            var request = setup.job.request
            request.sparsity = sparsity
            var zeros = [Int](repeating: 0, count: setup.planned.tensors.count)
            zeros[tensor] = request.zeros(of: info.elementCount)
            let pruned = try work.prune(request, zeros: zeros)
            guard let found = try work.evaluate(pruned) else { preconditionFailure("there are labels") }
            return ScanPoint(
                sparsity: sparsity, zeros: try Self.zeros(pruned.reader, index), loss: found.value,
                accuracy: found.accuracy)
        }
        return ScannedTensor(
            name: info.name, elements: info.elementCount, zeros: try Self.zeros(setup.model.reader, index),
            points: points, isSensitive: points.contains { $0.sparsity == judged && cost($0, dense) > tolerance })
    }

    private func cost(_ point: ScanPoint, _ dense: EvaluationReport) -> Double {
        if let accuracy = point.accuracy, let before = dense.accuracy { return before - accuracy }
        return (point.loss - dense.value) / max(abs(dense.value), .leastNormalMagnitude)
    }

    /// Those that are really there.
    private static func zeros(_ reader: any ModelReader, _ index: Int) throws -> Int {
        let info = reader.tensors[index]
        let width = info.elementType.byteWidth
        let tile = 1 << 18
        let buffer = RawBuffer(byteCount: min(tile, info.elementCount) * width)
        var zeros = 0
        for start in stride(from: 0, to: info.elementCount, by: tile) {
            let range = start..<min(start + tile, info.elementCount)
            let bytes = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<(range.count * width)])
            try reader.read(index, range, into: bytes)
            for element in 0..<range.count where bytes[element * width..<(element + 1) * width].allSatisfy({ $0 == 0 })
            {
                zeros += 1
            }
        }
        return zeros
    }
}
