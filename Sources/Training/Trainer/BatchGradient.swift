internal import Networks
internal import Tensors

/// The loss of mini-batches and its gradient by θ, in memory that is made once. Batch normalisations go by the statistics of
/// the pieces that a batch is cut into (ghost batches: Hoffer, Hubara and Soudry 2017).
///
/// A batch is cut into pieces by its size alone, each with a gradient of its own, which are added up in order; so the number
/// of threads makes no difference.
final class BatchGradient {
    let table: ParameterTable
    let head: LossHead
    private let network: Network
    private let lanes: [Lane<Float>]
    private let noise: [ProductNoise]
    private let chances: [Chance]
    /// Length of θ, and of the variances of products behind it.
    let parameterCount: Int
    private let threads: Int
    /// Elements of the last axis of what the loss is computed of.
    let length: Int
    /// Values of one example on the tape.
    private let valuesPerExample: Int

    /// Pieces that a batch is cut into at most, and the examples that one has at least.
    private static var mostPieces: Int { 8 }
    static var pieceExamples: Int { 64 }

    /// - Parameter noisy: parameters whose products are drawn, as `Parametrisation` says.
    /// - Throws: `unsupported` where the network has several outputs or a shape in it is not known, or products of a parameter
    ///   cannot be drawn.
    init(
        _ network: Network, loss: LossKind?, hasClasses: Bool, batch: Int, threads: Int, noisy: [Int] = []
    ) throws {
        self.network = network
        let table = try ParameterTable(network)
        let head = try LossHead(network, kind: loss, hasClasses: hasClasses)
        self.table = table
        self.head = head
        self.threads = threads
        let pieces = min(max((batch + Self.pieceExamples - 1) / Self.pieceExamples, 1), Self.mostPieces)
        let noise = noisy.isEmpty ? [] : (0..<pieces).map { _ in ProductNoise(noisy, table) }
        let chances = (0..<pieces).map { _ in Chance() }
        self.chances = chances
        lanes = (0..<pieces).map { lane in
            Lane(
                network, table, head, isTraining: true, noise: noise.isEmpty ? nil : noise[lane], chance: chances[lane])
        }
        self.noise = noise
        parameterCount = table.count + (noise.first?.count ?? 0)
        length = max((network.program[head.output].extents?.last ?? nil) ?? 1, 1)
        valuesPerExample = network.program.values.reduce(0) { sum, value in
            sum + (value.extents ?? []).reduce(value.copies ?? 1) { $0 * ($1 ?? 1) }
        }
    }

    /// By θ, of the batch that was computed last.
    var gradient: UnsafeMutableBufferPointer<Float> { lanes[0].gradient }

    /// The mean loss of some examples; `gradient` is then its gradient, zero where a parameter is not trained.
    ///
    /// - Parameters:
    ///   - parameters: θ, and the variances of products behind it.
    ///   - numbers: which examples.
    ///   - seed: what noise is drawn by; nil: there is none.
    ///   - drawsProducts: whether products are drawn, or are their means.
    func compute(
        _ parameters: UnsafeMutablePointer<Float>, _ examples: Examples, _ numbers: ArraySlice<Int>,
        _ teacher: Distillation?, seed: UInt64? = nil, drawsProducts: Bool = true
    ) throws -> BatchOutcome {
        let share = (numbers.count + lanes.count - 1) / lanes.count
        let terms = LossGradients<Float>.terms(examples, kind: head.kind, numbers.count, length)
        let run = BatchRun(
            parameters: parameters, examples: examples, factor: 1 / terms, teacher: teacher)
        let outcomes = Outcomes(count: lanes.count)
        // Each lane is touched by one thread alone, and the parameters by none.
        nonisolated(unsafe) let (this, run_) = (self, run)
        try Parallel.forEach(lanes.count, threads: threads) { lane in
            this.lanes[lane].gradient.update(repeating: 0)
            let (first, last) = (min(lane * share, numbers.count), min((lane + 1) * share, numbers.count))
            let most = max(1, (1 << 24) / max(this.valuesPerExample, 1))
            for start in stride(from: first, to: last, by: most) {
                this.draw(lane, seed.map { SplitMix64.mix($0 &+ UInt64(start)) }, drawsProducts)
                let part = numbers[numbers.startIndex + start..<numbers.startIndex + min(start + most, last)]
                outcomes.values[lane].add(try this.add(this.lanes[lane], run_, part))
            }
        }
        sumGradients()
        return outcomes.values.reduce(into: BatchOutcome()) { $0.add($1) }
    }

    private func draw(_ lane: Int, _ seed: UInt64?, _ drawsProducts: Bool) {
        chances[lane].seed = seed
        if !noise.isEmpty { noise[lane].seed = drawsProducts ? seed : nil }
    }

    private struct BatchRun {
        var parameters: UnsafeMutablePointer<Float>
        var examples: Examples
        var factor: Double
        var teacher: Distillation?
    }

    private func add(_ lane: Lane<Float>, _ run: BatchRun, _ numbers: ArraySlice<Int>) throws -> BatchOutcome {
        let tape = try lane.tape(rows: numbers.count, extents: run.examples.extents)
        let parameters = lane.blocks(run.parameters, onlyTrainable: false, lane).map { $0! }
        let output = try tape.forward(try lane.inputs(run.examples, numbers, tape), parameters)[0]
        let labels = run.examples.labels(at: numbers)
        let wanted = labels.count * (labels.areClasses && head.kind == .crossEntropy ? length : 1)
        guard output.count == wanted else {
            throw SparsifyError(
                .usage,
                "There are labels for \(wanted) elements of a batch, and the output has \(output.count).")
        }
        let gradient = tape.block(output.count)
        var outcome = BatchOutcome(examples: numbers.count)
        outcome.count(output.base, labels, head.kind, length)
        let loss = head.evaluate(
            output.base, labels, length: length, factor: run.factor, gradient: gradient.base)
        outcome.loss = Double(loss)
        if let teacher = run.teacher {
            outcome.loss = teacher.mix(loss, gradient, output, head, numbers, length, run.factor, tape)
        }
        tape.backward(
            [gradient], parameters, into: lane.blocks(lane.gradient.baseAddress!, onlyTrainable: true, lane))
        return outcome
    }

    private func sumGradients() {
        let sum = gradient.baseAddress!
        for lane in lanes.dropFirst() {
            let other = lane.gradient.baseAddress!
            for index in 0..<parameterCount { sum[index] += other[index] }
        }
    }
}

/// What a batch came to.
struct BatchOutcome {
    var examples = 0
    /// Times its share of the whole batch.
    var loss = 0.0
    /// Positions whose greatest output is that of the right class, and all; zero where there are no classes.
    var correct = 0
    var counted = 0

    mutating func add(_ other: BatchOutcome) {
        examples += other.examples
        loss += other.loss
        correct += other.correct
        counted += other.counted
    }

    mutating func count(_ output: UnsafePointer<Float>, _ labels: BatchLabels, _ kind: LossKind, _ length: Int) {
        guard case .classes(let classes) = labels, kind == .crossEntropy else { return }
        for (position, label) in classes.enumerated() {
            let row = output + position * length
            var best = 0
            for element in 1..<max(length, 1) where row[element] > row[best] { best = element }
            if best == Int(label) { correct += 1 }
        }
        counted += classes.count
    }
}

/// One outcome for each lane.
private final class Outcomes: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<BatchOutcome>

    init(count: Int) {
        values = .allocate(capacity: count)
        values.initialize(repeating: BatchOutcome())
    }

    deinit { values.deallocate() }
}
