/// Which kernels run the steps with weights.
public enum KernelPolicy: Sendable {
    /// Dense ones, whatever is zero.
    case dense
    /// Sparse ones wherever there is one for the step.
    case sparse
    /// For each step and batch size those that should take less time, by what the table says of the processor.
    case automatic(CostTable)

    /// By the table that goes with the library: the same choice on every machine.
    public static let standard = KernelPolicy.automatic(.standard)
}

/// Decides between dense and sparse kernels, step by step. Neither thread counts nor values play a part, so that the
/// same network, batch and table always give the same results.
struct KernelChoice: Sendable {
    let policy: KernelPolicy
    /// Bytes of all dense weights of the network: what passes through the caches from batch to batch.
    let weightBytes: Int

    /// A product with weights: X (rows × depth) · W (depth × outputs).
    struct Work {
        var rows: Int
        var depth: Int
        var outputs: Int
        /// Elements of W, fewer than depth × outputs where there are groups.
        var weights: Int
        var nonzeros: Int
        /// Numbers that are copied to lay windows side by side.
        var gathered = 0
        /// Numbers that a sparse kernel turns to lanes instead of that; nil where it does not.
        var laid: Int?
    }

    /// The sparsity from which a sparse kernel should take less time, to one in a thousand; nil where it never does.
    func breakEvenSparsity(_ work: Work) -> Double? {
        let table = if case .automatic(let table) = policy { table } else { CostTable.standard }
        let dense = table.denseNanoseconds(work, weightBytes: weightBytes)
        var (low, high) = (0, 1000)
        func isFaster(_ thousandths: Int) -> Bool {
            var work = work
            work.nonzeros = work.weights * (1000 - thousandths) / 1000
            return table.sparseNanoseconds(work, weightBytes: weightBytes) < dense
        }
        guard isFaster(high) else { return nil }
        while low < high {
            let middle = (low + high) / 2
            if isFaster(middle) { high = middle } else { low = middle + 1 }
        }
        return Double(low) / 1000
    }

    /// - Parameter isRepeated: whether the product is done again and again, with little between.
    func takesSparse(_ work: Work, isRepeated: Bool = false) -> Bool {
        switch policy {
        case .dense: false
        case .sparse: true
        case .automatic(let table):
            // An estimate is off now and then: in doubt the dense kernel, which is the safer one. Where a product is
            // repeated, the weights stay close to the core, and a dense kernel takes half of what the table says.
            table.sparseNanoseconds(work, weightBytes: weightBytes) < (isRepeated && work.rows > 4 ? 0.45 : 0.9)
                * table.denseNanoseconds(work, weightBytes: weightBytes)
        }
    }
}
