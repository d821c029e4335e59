internal import ModelIO
internal import Pruning
internal import Tensors

/// A reader that shows a model as a plan leaves it.
final class PrunedReader: LayeredReader {
    private let work: PlannedModel
    private let plan: PruningPlan
    var base: any ModelReader { work.reader }

    init(_ work: PlannedModel, _ plan: PruningPlan) {
        self.work = work
        self.plan = plan
    }

    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try base.read(index, range, into: destination)
        guard let ordinal = work.ordinals[index] else { return }
        plan.apply(to: destination, tensor: ordinal, offset: range.lowerBound, info: work.tensors[ordinal])
    }

    /// How many elements of a tensor may be non-zero, where the plan tells.
    func kept(_ index: Int) -> Int? {
        work.ordinals[index].flatMap { plan.tensors[$0].pruned > 0 ? plan.tensors[$0].kept : nil }
    }
}
