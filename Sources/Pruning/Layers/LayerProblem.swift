public import LinearAlgebra

/// A matrix of weights and what its layer's inputs were: y = W x over all samples of x.
///
/// A layer-wise criterion looks for a sparse W' with a small reconstruction error ‖(W − W') X‖², which the Gram matrix
/// X Xᵀ of the inputs alone determines.
public struct LayerProblem: Sendable {
    public let outputs: Int
    public let inputs: Int
    /// outputs × inputs, row-major.
    public let weights: [Double]
    /// Σ x xᵀ over the samples, of order `inputs`.
    public let gram: SymmetricMatrix

    public init(outputs: Int, inputs: Int, weights: [Double], gram: SymmetricMatrix) {
        precondition(weights.count == outputs * inputs && gram.order == inputs, "weights and inputs fit")
        self.outputs = outputs
        self.inputs = inputs
        self.weights = weights
        self.gram = gram
    }

    public var count: Int { weights.count }

    /// ‖(W − W') X‖², summed over outputs and samples.
    public func error(of changed: [Double]) -> Double {
        Self.energy(zip(weights, changed).map { $0 - $1 }, outputs, gram)
    }

    /// ‖W X‖²: what an error is relative to.
    public var energy: Double { Self.energy(weights, outputs, gram) }

    /// Σ d G dᵀ over the rows d.
    private static func energy(_ rows: [Double], _ count: Int, _ gram: SymmetricMatrix) -> Double {
        guard count > 0, gram.order > 0 else { return 0 }
        var products = [Double](repeating: 0, count: rows.count)
        Double.multiply(
            MatrixProduct(rows: count, columns: gram.order, depth: gram.order), rows, gram.elements, &products)
        var sum = 0.0
        for index in rows.indices { sum += rows[index] * products[index] }
        return max(sum, 0)
    }
}

/// How much of a tensor a layer-wise criterion is to prune.
public enum LayerTarget: Sendable, Hashable {
    /// So many elements of all its matrices together.
    case zeros(Int)
    case pattern(GroupPattern)
}

/// What became of a tensor's matrices.
public struct LayerResult: Sendable {
    /// For each matrix, outputs × inputs: the weights, zero where they are pruned.
    public var weights: [[Double]]
    /// For each matrix: whether an element is kept.
    public var kept: [[Bool]]
    /// The greatest number that was added to the diagonal of a Gram matrix; nil: none is needed.
    public var damping: Double?
    /// By what method, in a word or two.
    public var method: String

    /// The weights as they were, but for those that are not kept.
    init(_ problems: [LayerProblem], kept: [[Bool]], method: String) {
        weights = zip(problems, kept).map { problem, kept in
            zip(problem.weights, kept).map { $1 ? $0 : 0 }
        }
        self.kept = kept
        self.method = method
    }

    init(weights: [[Double]], kept: [[Bool]], damping: Double?, method: String) {
        self.weights = weights
        self.kept = kept
        self.damping = damping
        self.method = method
    }

    /// The reconstruction error over all matrices, as a share of ‖W X‖²; 0 where the layer's outputs are all zero.
    public func error(_ problems: [LayerProblem]) -> Double {
        let energy = problems.reduce(0) { $0 + $1.energy }
        guard energy > 0 else { return 0 }
        return zip(problems, weights).reduce(0) { $0 + $1.0.error(of: $1.1) } / energy
    }
}

/// Prunes the matrices of one tensor by their layer's inputs alone.
public protocol LayerCriterion: Sendable {
    /// - Parameter threads: threads that work at once; the result does not depend on it.
    /// - Throws: `numerical` where the inputs do not allow it.
    func prune(_ problems: [LayerProblem], _ target: LayerTarget, threads: Int) throws -> LayerResult
}
