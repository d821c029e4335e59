public import LinearAlgebra
public import Networks
public import Tensors

/// The loss of a network over examples as a function of its parameters θ, and its derivatives.
///
/// Examples are cut into pieces, which threads take turns with in a fixed order; so results are the same from run to run at
/// a fixed number of threads. One call at a time.
public final class LossGradients<Element: Number & MatrixElement> {
    public let network: Network
    public let table: ParameterTable
    public let head: LossHead
    let threads: Int
    let lanes: [Lane<Element>]
    private var dualLanes: [Lane<Dual<Element>>] = []
    /// Elements of all values of one example.
    private let valuesPerExample: Int

    /// - Throws: `unsupported` where the network has several outputs or a shape in it is not known.
    public init(
        _ network: Network, loss: LossKind? = nil, hasClasses: Bool, threads: Int = Parallel.defaultThreads
    ) throws {
        self.network = network
        table = try ParameterTable(network)
        let head = try LossHead(network, kind: loss, hasClasses: hasClasses)
        self.head = head
        self.threads = threads
        let table = table
        lanes = (0..<threads).map { _ in Lane(network, table, head) }
        valuesPerExample = network.program.values.reduce(0) { sum, value in
            sum + (value.extents ?? []).reduce(value.copies ?? 1) { $0 * ($1 ?? 1) }
        }
    }

    /// The mean loss.
    ///
    /// - Throws: as making a tape and running it do; `cancelled`.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func value(_ parameters: [Element], _ examples: Examples) throws -> Double {
        try pieces(examples, lanes) { lane, range, factor, length in
            let (tape, output) = try self.forward(lane, parameters, examples, range)
            _ = tape
            return self.head.evaluate(
                output.base, examples.labels(of: range), length: length, factor: factor, gradient: nil
            ).double
        }
    }

    /// The mean loss and its gradient by θ, zero where a parameter is not trained.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func gradient(_ parameters: [Element], _ examples: Examples) throws -> (loss: Double, gradient: [Element]) {
        for lane in lanes { lane.gradient.update(repeating: Element(0.0)) }
        let loss = try pieces(examples, lanes) { lane, range, factor, length in
            try self.addGradient(lane, parameters, examples, range, factor, length)
        }
        return (loss, Self.sum(lanes, \.self))
    }

    /// Gradients of the losses of single examples.
    ///
    /// - Parameter body: called on several threads at once, with the number of the example, the thread's number below
    ///   `threads`, the loss, and its gradient, which is good for the call alone.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func forEachExample(
        _ parameters: [Element], _ examples: Examples,
        _ body:
            @escaping @Sendable (_ example: Int, _ lane: Int, _ loss: Double, UnsafeBufferPointer<Element>) throws
            -> Void
    ) throws {
        let length = outputLength
        let unit = Self.terms(examples, kind: head.kind, 1, length)
        try eachLane(lanes) { lane, index, count in
            for example in stride(from: index, to: examples.count, by: count) {
                lane.gradient.update(repeating: Element(0.0))
                let loss = try self.addGradient(
                    lane, parameters, examples, example..<example + 1, 1 / unit, length)
                try body(example, index, loss, UnsafeBufferPointer(lane.gradient))
            }
        }
    }

    /// The product of the Hessian of the mean loss with a vector, exact but for rounding (Pearlmutter 1994).
    ///
    /// - Parameter vector: as long as θ; what belongs to parameters that are not trained is taken for zero.
    @specialized(where Element == Float)
    @specialized(where Element == Double)
    public func hessianProduct(
        _ parameters: [Element], _ vector: [Element], _ examples: Examples
    ) throws -> [Element] {
        precondition(vector.count == table.count, "a direction is as long as θ")
        if dualLanes.isEmpty { dualLanes = (0..<threads).map { _ in Lane(network, table, head) } }
        var dual = zip(parameters, vector).map { Dual($0, $1) }
        for entry in table.entries where !entry.isTrainable {
            for index in entry.range { dual[index].tangent = Element(0.0) }
        }
        for lane in dualLanes { lane.gradient.update(repeating: Dual(0.0)) }
        let duals = dual
        _ = try pieces(examples, dualLanes) { lane, range, factor, length in
            try self.addGradient(lane, duals, examples, range, factor, length)
        }
        return Self.sum(dualLanes) { $0.tangent }
    }

    // MARK: Pieces

    /// Classes, or elements of a position.
    var outputLength: Int { max((network.program[head.output].extents?.last ?? nil) ?? 1, 1) }

    /// What the mean over some examples divides by.
    static func terms(_ examples: Examples, kind: LossKind, _ count: Int, _ length: Int) -> Double {
        let each = Double(examples.labelCount) / Double(max(examples.count, 1)) * Double(count)
        guard kind == .crossEntropy, case .values = examples.labels else { return max(each, 1) }
        return max(each / Double(length), 1)
    }

    /// Calls `body` with every piece of the examples, on the lanes in turn, and adds up what it returns.
    func pieces<L>(
        _ examples: Examples, _ lanes: [L],
        _ body: @escaping (L, _ range: Range<Int>, _ factor: Double, _ length: Int) throws -> Double
    ) throws -> Double {
        let length = outputLength
        try check(examples, length)
        let factor = 1 / Self.terms(examples, kind: head.kind, examples.count, length)
        let share = (examples.count + lanes.count - 1) / max(lanes.count, 1)
        let piece = max(1, min(share, 256, (1 << 22) / max(valuesPerExample, 1)))
        let sums = Sums(count: lanes.count)
        try eachLane(lanes) { lane, index, count in
            var start = index * piece
            while start < examples.count {
                let range = start..<min(start + piece, examples.count)
                sums.values[index] += try body(lane, range, factor, length)
                start += count * piece
            }
        }
        return sums.values.reduce(0, +)
    }

    private func check(_ examples: Examples, _ length: Int) throws(SparsifyError) {
        guard examples.count > 0 else { throw SparsifyError(.usage, "There are no examples.") }
        try examples.check(classes: length, head.kind)
    }

    private func eachLane<L>(_ lanes: [L], _ body: @escaping (L, _ index: Int, _ count: Int) throws -> Void) throws {
        // Each lane is touched by one thread alone.
        nonisolated(unsafe) let (lanes, body) = (lanes, body)
        let count = lanes.count
        try Parallel.forEach(count, threads: count) { index in try body(lanes[index], index, count) }
    }

    /// The output for a run of examples, on the first lane.
    func output(_ parameters: [Element], _ examples: Examples, _ range: Range<Int>) throws -> [Element] {
        let block = try forward(lanes[0], parameters, examples, range).output
        return Array(UnsafeBufferPointer(start: block.base, count: block.count))
    }

    private func forward<N: Number>(
        _ lane: Lane<N>, _ parameters: [N], _ examples: Examples, _ range: Range<Int>
    ) throws -> (tape: Tape<N>, output: Block<N>) {
        let tape = try lane.tape(rows: range.count, extents: examples.extents)
        return (tape, try run(tape, lane, parameters, examples, range))
    }

    /// Runs a tape of a lane's, of as many rows as the range has.
    func run<N: Number>(
        _ tape: Tape<N>, _ lane: Lane<N>, _ parameters: [N], _ examples: Examples, _ range: Range<Int>
    ) throws -> Block<N> {
        let inputs = try lane.inputs(examples, range, tape)
        let output = try parameters.withUnsafeBufferPointer { values in
            try Self.withBlocks(lane, values) { try tape.forward(inputs, $0)[0] }
        }
        let terms = Int(Self.terms(examples, kind: head.kind, range.count, outputLength))
        let wanted = head.kind == .crossEntropy ? terms * outputLength : terms
        guard output.count == wanted else {
            throw SparsifyError(
                .usage,
                "There are labels for \(terms) positions of a batch, and the output has \(output.count) elements.")
        }
        return output
    }

    private func addGradient<N: Number>(
        _ lane: Lane<N>, _ parameters: [N], _ examples: Examples, _ range: Range<Int>, _ factor: Double, _ length: Int
    ) throws -> Double {
        let (tape, output) = try forward(lane, parameters, examples, range)
        let gradient = tape.block(output.count)
        let loss = head.evaluate(
            output.base, examples.labels(of: range), length: length, factor: factor, gradient: gradient.base)
        _ = try parameters.withUnsafeBufferPointer { values in
            try Self.withBlocks(lane, values) { blocks in
                tape.backward(
                    [gradient], blocks,
                    into: lane.blocks(lane.gradient.baseAddress!, onlyTrainable: true, lane))
            }
        }
        return loss.double
    }

    /// θ as the parameters that a tape takes; nothing writes to them.
    static func withBlocks<N: Number, Output>(
        _ lane: Lane<N>, _ values: UnsafeBufferPointer<N>, _ body: ([Block<N>]) throws -> Output
    ) throws -> Output {
        let base = UnsafeMutablePointer(mutating: values.baseAddress!)
        return try body(lane.blocks(base, onlyTrainable: false, lane).map { $0! })
    }

    static func sum<N: Number>(_ lanes: [Lane<N>], _ part: (N) -> Element) -> [Element] {
        var result = [Element](repeating: Element(0.0), count: lanes[0].gradient.count)
        for lane in lanes { for (index, value) in lane.gradient.enumerated() { result[index] += part(value) } }
        return result
    }
}

/// One sum for each lane.
private final class Sums: @unchecked Sendable {
    let values: UnsafeMutableBufferPointer<Double>

    init(count: Int) {
        values = .allocate(capacity: count)
        values.initialize(repeating: 0)
    }

    deinit { values.deallocate() }
}
