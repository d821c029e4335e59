internal import Tensors

/// Erdős–Rényi kernel (Evci, Gale, Menick, Castro, Elsen 2020, "Rigging the lottery"; Mocanu et al. 2018): the density of a
/// tensor is in proportion to the sum of its extents over their product, so that large tensors become sparser than
/// small ones. Tensors whose density would exceed one stay dense, and the others make up for them.
public struct ERKAllocation: SparsityAllocation {
    public init() {}

    public var id: String { "erk" }
    public var summary: String { "density by (sum of extents) / (product of extents) (Evci et al. 2020)" }

    public func zeros(_ request: PruningRequest, of tensors: [PrunableTensor], _ read: WeightSource) -> [Int] {
        let counts = tensors.map(\.elementCount)
        let total = counts.reduce(0, +)
        let keep = total - request.zeros(of: total)
        // What a tensor keeps is in proportion to the sum of its extents.
        let weights = tensors.map { tensor in
            Double(tensor.dimensions.isEmpty ? tensor.elementCount : tensor.dimensions.reduce(0, +))
        }
        return zip(counts, Proportion.shares(of: keep, weights: weights, limits: counts)).map { $0 - $1 }
    }
}

/// Whole numbers in proportion to weights.
enum Proportion {
    /// Numbers that add up to `total` and are no greater than `limits`, as nearly in proportion to `weights` as that
    /// allows; what rounding leaves over goes to the greatest remainders, ties to the first.
    static func shares(of total: Int, weights: [Double], limits: [Int]) -> [Int] {
        precondition(total <= limits.reduce(0, +), "no more than there is room for")
        var shares = [Int](repeating: 0, count: weights.count)
        var free = weights.indices.filter { limits[$0] > 0 }
        var rest = total
        while !free.isEmpty {
            let sum = free.reduce(0) { $0 + weights[$1] }
            let ideal = free.map { sum > 0 ? Double(rest) * weights[$0] / sum : Double(rest) / Double(free.count) }
            let full = zip(free, ideal).filter { $1 >= Double(limits[$0]) }.map(\.0)
            if full.isEmpty {
                for (index, share) in zip(free, ideal) { shares[index] = Int(share) }
                let missing = rest - free.reduce(0) { $0 + shares[$1] }
                let order = zip(free, ideal).sorted {
                    ($1.1 - $1.1.rounded(.down), $0.0) < ($0.1 - $0.1.rounded(.down), $1.0)
                }
                for (index, _) in order.prefix(missing) { shares[index] += 1 }
                break
            }
            for index in full {
                shares[index] = limits[index]
                rest -= limits[index]
            }
            free.removeAll { full.contains($0) }
        }
        return shares
    }
}
