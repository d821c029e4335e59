public import Tensors

/// Turns a request into a plan: which weights of which tensors go.
///
/// Exactly `request.zeros(of:)` elements are zero after it (of all tensors together, or of each), unless the floor
/// of `minimumKept` weights a tensor forbids; then the floor wins and the tensors say so. With a global scope the
/// other tensors make up for what the floor holds back, so that the total stays exact where it can.
public struct Planner: Sendable {
    public let tensors: [PrunableTensor]
    public let criterion: any PruningCriterion
    private let threads: Int
    private let cancellation: CancellationFlag?
    private let progress: WorkProgress?
    private let read: WeightSource

    public init(
        tensors: [PrunableTensor], criterion: any PruningCriterion, threads: Int = Parallel.defaultThreads,
        cancellation: CancellationFlag? = nil, progress: WorkProgress? = nil, read: @escaping WeightSource
    ) {
        precondition(tensors.allSatisfy { $0.elementType.isFloatingPoint }, "only floating-point tensors can be pruned")
        self.tensors = tensors
        self.criterion = criterion
        self.threads = threads
        self.cancellation = cancellation
        self.progress = progress
        self.read = read
    }

    /// - Parameter zeros: how many elements of each tensor go, where an allocation says so; nil: as the request's scope says.
    /// - Throws: what reading the weights throws, and `cancelled`.
    public func plan(_ request: PruningRequest, zeros: [Int]? = nil) throws -> PruningPlan {
        let needsDouble = tensors.contains { $0.elementType == .float64 }
        let plans = needsDouble ? try plan(request, zeros, Double.self) : try plan(request, zeros, Float.self)
        return PruningPlan(tensors: plans, criterion: criterion, precision: needsDouble ? .double : .single)
    }

    private func plan<S: Score>(_ request: PruningRequest, _ zeros: [Int]?, _: S.Type) throws -> [TensorPlan] {
        let passes = ScorePasses<S>(
            tensors: tensors, criterion: criterion, read: read, threads: threads, cancellation: cancellation,
            progress: progress)
        let indices = Array(tensors.indices)
        let search = ThresholdSearch(passes)
        let uniform = request.scope == .layer ? tensors.map { request.zeros(of: $0.elementCount) } : nil
        let plans =
            if let zeros = zeros ?? uniform {
                try layerwise(zeros, request, search)
            } else {
                try global(request, search)
            }
        return indices.map { plans[$0]! }
    }

    private func layerwise<S: Score>(
        _ zeros: [Int], _ request: PruningRequest, _ search: ThresholdSearch<S>
    ) throws -> [Int: TensorPlan] {
        var plans: [Int: TensorPlan] = [:]
        for index in tensors.indices {
            let count = tensors[index].elementCount
            let wanted = zeros[index]
            let allowed = min(wanted, count - min(count, request.minimumKept))
            plans.merge(try search.rules([index], zeros: allowed)) { $1 }
            if allowed < wanted { plans[index]?.isHeldByFloor = true }
        }
        return plans
    }

    private func global<S: Score>(
        _ request: PruningRequest, _ search: ThresholdSearch<S>
    ) throws -> [Int: TensorPlan] {
        let wanted = request.zeros(of: tensors.reduce(0) { $0 + $1.elementCount })
        var free = Array(tensors.indices)
        var held: [Int: TensorPlan] = [:]
        while true {
            let heldZeros = held.values.reduce(0) { $0 + $1.pruned }
            let room = free.reduce(0) { $0 + tensors[$1].elementCount }
            let plans = try search.rules(free, zeros: min(wanted - heldZeros, room))
            let sinking = free.filter { plans[$0]!.kept < floor($0, request) }
            if sinking.isEmpty { return plans.merging(held) { $1 } }
            // What sank is fixed at its floor; the rest then shares what is left, which may sink others.
            for index in sinking {
                let zeros = tensors[index].elementCount - floor(index, request)
                var plan = try search.rules([index], zeros: zeros)[index]!
                plan.isHeldByFloor = true
                held[index] = plan
            }
            free.removeAll { sinking.contains($0) }
        }
    }

    private func floor(_ index: Int, _ request: PruningRequest) -> Int {
        min(request.minimumKept, tensors[index].elementCount)
    }
}
