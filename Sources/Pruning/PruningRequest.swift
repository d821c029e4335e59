public import Tensors

/// How much to prune, and how to share it out.
public struct PruningRequest: Sendable, Hashable {
    /// Share of the elements of the prunable tensors that shall be zero, 0 to 1.
    public var sparsity: Double
    public var scope: SparsityScope
    /// The fewest weights that each tensor keeps, so that no layer collapses.
    public var minimumKept: Int

    /// - Throws: `usage` where a number is out of range.
    public init(sparsity: Double, scope: SparsityScope = .global, minimumKept: Int = 1) throws(SparsifyError) {
        guard sparsity >= 0, sparsity <= 1 else {
            throw SparsifyError(
                .usage, "The sparsity is \(sparsity); it is a share from 0 to 1.",
                remedy: sparsity > 1 && sparsity <= 100 ? "Did you mean \(sparsity / 100)?" : nil)
        }
        guard minimumKept >= 0 else {
            throw SparsifyError(.usage, "The least number of weights to keep is \(minimumKept); it cannot be negative.")
        }
        self.sparsity = sparsity
        self.scope = scope
        self.minimumKept = minimumKept
    }

    /// round(sparsity × count), halves to even, as Python and NumPy round.
    public func zeros(of count: Int) -> Int {
        min(count, Int((sparsity * Double(count)).rounded(.toNearestOrEven)))
    }
}

/// Over what the sparsity is counted.
public enum SparsityScope: String, Sendable, Hashable, CaseIterable {
    /// All prunable tensors together: one threshold for the whole model.
    case global
    /// Each tensor by itself.
    case layer
}

/// What the planner needs to know of a tensor that may be pruned.
public struct PrunableTensor: Sendable, Hashable {
    public var name: String
    /// A floating-point type.
    public var elementType: ElementType
    public var elementCount: Int
    /// Extents, outermost first; empty where they are not known.
    public var dimensions: [Int]

    public init(name: String, elementType: ElementType, elementCount: Int, dimensions: [Int] = []) {
        self.name = name
        self.elementType = elementType
        self.elementCount = elementCount
        self.dimensions = dimensions
    }
}

/// Copies the elements `range` of prunable tensor `index` into memory; called from several threads at once.
public typealias WeightSource =
    @Sendable (_ index: Int, _ range: Range<Int>, _ destination: UnsafeMutableRawBufferPointer) throws -> Void
