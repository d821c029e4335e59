internal import LinearAlgebra
internal import Tensors

/// Layer-wise optimal brain surgeon: each output of a layer is a least-squares problem of its own, with the Hessian
/// H = X Xᵀ + λ I of the layer's inputs, and pruning weight q costs w_q² / [H⁻¹]_qq once the others make up for it.
///
/// Narrow layers are solved row by row exactly (Frantar, Alistarh 2022, "Optimal brain compression"): `ExactOBS`; wide
/// ones by blocks of columns, with one order of elimination for all rows (Frantar, Alistarh 2023, "SparseGPT"):
/// `BlockedOBS`. λ is `damping` times the mean of H's diagonal, more where H is not positive definite, up to a thousand
/// times as much; then it is refused.
public struct LayerOBS: LayerCriterion {
    public var damping: Double
    /// Layers whose exact solution takes more operations than this, outputs · inputs³, are solved by blocks.
    public var exactLimit: Double

    public static let standardDamping = 0.01

    public init(damping: Double = Self.standardDamping, exactLimit: Double = 1e10) {
        self.damping = damping
        self.exactLimit = exactLimit
    }

    public func prune(_ problems: [LayerProblem], _ target: LayerTarget, threads: Int) throws -> LayerResult {
        let damped = try problems.map { try damp($0.gram) }
        let cost = problems.reduce(0.0) { $0 + Double($1.outputs) * pow3(Double($1.inputs)) }
        let result =
            cost <= exactLimit
            ? try ExactOBS(problems: problems, damped: damped, threads: threads).prune(target)
            : try BlockedOBS(problems: problems, damped: damped).prune(target)
        return LayerResult(
            weights: result.weights, kept: result.kept, damping: damped.map(\.damping).max() ?? 0,
            method: cost <= exactLimit ? "exact rows" : "blocked columns")
    }

    private func damp(_ gram: SymmetricMatrix) throws -> SymmetricMatrix.Damped {
        // Inputs that are always zero leave their weights without a cost: any damping will do, and only they use it.
        guard gram.diagonal.contains(where: { $0 > 0 }) else {
            var identity = SymmetricMatrix(order: gram.order)
            identity.addToDiagonal(1)
            return try identity.damped(0, what: "The identity")
        }
        return try gram.damped(damping, what: "The Gram matrix of the layer's inputs")
    }

    private func pow3(_ value: Double) -> Double { value * value * value }
}
