internal import Pruning
internal import Reports
internal import Tensors

/// What each prunable tensor costs by itself, at several sparsities: measured once, on first use.
final class BudgetMeasure {
    private var allocation: BudgetAllocation?

    /// Shares that are kept.
    private static let kept = [0.7, 0.5, 0.35, 0.25, 0.18, 0.12, 0.08, 0.05, 0.03, 0.02, 0.01]

    /// How many elements of each tensor go.
    ///
    /// - Parameter damage: the loss with one tensor pruned by itself: which, and to how many zeros.
    func zeros(
        _ request: PruningRequest, _ tensors: [PrunableTensor], dense: Double,
        damage: (_ tensor: Int, _ zeros: Int) throws -> Double
    ) throws -> [Int] {
        let allocation = try allocation ?? measured(request, tensors, dense, damage)
        self.allocation = allocation
        return allocation.zeros(total: request.zeros(of: tensors.reduce(0) { $0 + $1.elementCount }))
    }

    private func measured(
        _ request: PruningRequest, _ tensors: [PrunableTensor], _ dense: Double,
        _ damage: (_ tensor: Int, _ zeros: Int) throws -> Double
    ) throws -> BudgetAllocation {
        BudgetAllocation(
            candidates: try tensors.indices.map { tensor in
                let count = tensors[tensor].elementCount
                let most = count - min(request.minimumKept, count)
                let zeros = Self.kept.map { min(Int((1 - $0) * Double(count)), most) } + [most]
                return [.init(zeros: 0, damage: 0)]
                    + (try Set(zeros).sorted().filter { $0 > 0 }.map { zeros in
                        // A loss that is no number is worse than any.
                        let loss = try damage(tensor, zeros)
                        return .init(zeros: zeros, damage: loss.isFinite ? max(loss - dense, 0) : 1e9)
                    })
            })
    }
}
