public import Networks
internal import Synchronization
public import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Runs a network on batches of examples.
///
/// Parameters are read when they are first needed, and stay in memory. For each batch size a plan is made once: which
/// kernels run, and where values lie. Callers on several threads take turns.
public final class NetworkRunner<Element: Scalar>: Sendable {
    public let network: Network
    private let threads: Int
    let choice: KernelChoice
    let maximumBytes: Int
    /// Examples of a piece of a batch: so many that each weight, which a piece reads once, is used often enough. It does
    /// not depend on the number of threads, and so neither do the results.
    private let pieceLength: Int
    let state: Mutex<State>

    struct State {
        var weights: Weights<Element>
        /// What is run; made when it is first needed.
        var reduced: ReducedNetwork?
        /// The latest last.
        var plans: [(key: PlanKey, plan: Plan<Element>)] = []
    }

    struct PlanKey: Equatable {
        var rows: Int
        var extents: [[Int]]
        /// Which of several that run at once.
        var lane: Int
    }

    private var planLimit: Int { 4 + threads }

    /// - Parameters:
    ///   - kernels: whether dense or sparse kernels run.
    ///   - maximumBytes: bound on the memory of one batch, weights not counted.
    public convenience init(
        _ network: Network, parameters: any ParameterSource, threads: Int = Parallel.defaultThreads,
        kernels: KernelPolicy = .standard, maximumBytes: Int? = nil
    ) {
        self.init(
            network, parameters: parameters, threads: threads, kernels: kernels, maximumBytes: maximumBytes,
            isReduced: true)
    }

    /// - Parameter isReduced: whether channels that zeros make superfluous are left out.
    init(
        _ network: Network, parameters: any ParameterSource, threads: Int, kernels: KernelPolicy, maximumBytes: Int?,
        isReduced: Bool
    ) {
        self.network = network
        self.threads = threads
        self.maximumBytes = maximumBytes ?? Self.physicalMemory / 4 * 3
        let (count, products) = network.weightUse
        choice = KernelChoice(policy: kernels, weightBytes: count.multipliedReportingOverflow(by: 4).partialValue)
        pieceLength =
            network.isStateful
            ? .max : count < 1 << 18 ? 8 : products > 0 ? max(256 * count / products, 1) : .max
        let weights = Weights<Element>(network, parameters, threads: threads)
        state = Mutex(State(weights: weights, reduced: isReduced ? nil : ReducedNetwork(whole: network)))
    }

    private static var physicalMemory: Int { sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE)) }

    /// The outputs for all examples.
    ///
    /// - Parameters:
    ///   - inputs: one for each input of the network, in order; the first axis counts the examples.
    ///   - batch: how many examples are computed at once.
    ///   - progress, cancellation: to watch and stop it, batch by batch.
    /// - Throws: `usage` where the inputs do not fit the network; `unsupported`, naming the layer, where it cannot be
    ///   run; `limit` where a batch takes too much memory; what reading parameters throws.
    public func run(
        _ inputs: [Tensor<Element>], batch: Int = 32, progress: WorkProgress? = nil,
        cancellation: CancellationFlag? = nil
    ) throws -> [Tensor<Element>] {
        let count = try check(inputs)
        progress?.begin("running", total: count)
        return try state.withLock { state in
            var parts: [[Tensor<Element>]] = []
            var start = 0
            for entry in state.plans { entry.plan.reset() }
            repeat {
                let range = start..<min(start + max(batch, 1), count)
                try cancellation?.check()
                parts.append(try run(inputs, range, &state))
                progress?.add(range.count)
                start = range.upperBound
            } while start < count
            return try Self.joined(parts)
        }
    }

    /// One batch: in pieces, each on one thread, where that pays, else whole, its steps shared among threads.
    func run(
        _ inputs: [Tensor<Element>], _ range: Range<Int>, _ state: inout State
    ) throws -> [Tensor<Element>] {
        let extents = inputs.map { Array($0.shape.dropFirst()) }
        let piece = min(pieceLength, range.count)
        let count = piece == 0 ? 1 : (range.count - 1) / piece + 1
        guard count > 1 else {
            let plan = try plan(PlanKey(rows: range.count, extents: extents, lane: 0), maximumBytes, &state)
            return try plan.run(inputs, from: range.lowerBound, workers: Workers(threads: threads))
        }
        let lanes = min(threads, count)
        let rest = range.count % piece
        let share = maximumBytes / (rest == 0 ? lanes : lanes + 1)
        let plans = try (0..<lanes).map { try plan(PlanKey(rows: piece, extents: extents, lane: $0), share, &state) }
        let last = rest == 0 ? nil : try plan(PlanKey(rows: rest, extents: extents, lane: 0), share, &state)
        let results = PieceResults<Element>(count: count)
        let shares = Shares(count, lanes: lanes)
        let crew = Shared((plans, last))
        WorkerPool.shared.run(lanes) { lane in
            while let index = shares.take(lane) {
                let isRest = index == count - 1 && rest > 0
                let plan = isRest ? crew.pointer.1! : crew.pointer.0[lane]
                results.set(index) {
                    try plan.run(inputs, from: range.lowerBound + index * piece, workers: Workers(threads: 1))
                }
            }
        }
        return try Self.joined(results.values())
    }

    /// What zeros in the weights make superfluous, and the network runs without; reads the weights.
    ///
    /// - Throws: as `run`.
    public func removals() throws -> [Removal] { try state.withLock { try reduced(&$0).removals } }

    private func reduced(_ state: inout State) throws -> ReducedNetwork {
        if let known = state.reduced { return known }
        let reduced = try ReducedNetwork(network, state.weights)
        state.reduced = reduced
        return reduced
    }

    private func plan(_ key: PlanKey, _ maximumBytes: Int, _ state: inout State) throws -> Plan<Element> {
        if let found = state.plans.first(where: { $0.key == key }) { return found.plan }
        let plan = try PlanBuilder.plan(
            reduced(&state).network, state.weights, rows: key.rows, extents: key.extents, choice: choice,
            maximumBytes: maximumBytes)
        if state.plans.count == planLimit { state.plans.removeFirst() }
        state.plans.append((key, plan))
        return plan
    }

    /// The number of examples.
    func check(_ inputs: [Tensor<Element>]) throws -> Int {
        let names = network.inputNames
        guard inputs.count == names.count else {
            throw SparsifyError(
                .usage, "The network has \(names.count) inputs (\(names.joined(separator: ", "))), not \(inputs.count)."
            )
        }
        let count = inputs.first?.shape.first ?? 0
        for (index, input) in inputs.enumerated() {
            let extents = network.program[network.inputs[index]].extents ?? []
            let given = Array(input.shape.dropFirst())
            let fits =
                !input.shape.isEmpty && given.count == extents.count
                && zip(given, extents).allSatisfy { $1 == nil || $0 == $1 }
            guard fits else {
                let wanted = (["examples"] + extents.map { $0.map(String.init) ?? "any" }).joined(separator: ", ")
                throw SparsifyError(
                    .usage, "Input '\(names[index])' takes the shape (\(wanted)) and was given \(input.shape).")
            }
            guard input.shape[0] == count else {
                throw SparsifyError(
                    .usage, "The inputs have different numbers of examples: \(count) and \(input.shape[0]).")
            }
        }
        // They take no memory, so that a file may declare any number of them.
        guard count <= Self.maximumEmptyExamples || inputs.contains(where: { !$0.values.isEmpty }) else {
            throw SparsifyError(
                .limit,
                "\(count) examples without elements are more than the \(Self.maximumEmptyExamples) that are run.")
        }
        return count
    }

    private static var maximumEmptyExamples: Int { 1 << 20 }

    private static func joined(_ parts: [[Tensor<Element>]]) throws -> [Tensor<Element>] {
        guard parts.count > 1, let first = parts.first else { return parts.first ?? [] }
        return try first.indices.map { output in
            let pieces = parts.map { $0[output] }
            return try Tensor(
                shape: [pieces.reduce(0) { $0 + $1.shape[0] }] + pieces[0].shape.dropFirst(),
                values: Array(pieces.map(\.values).joined()))
        }
    }
}
