internal import LinearAlgebra
public import Tensors

/// Optimal brain surgeon (Hassibi and Stork 1993) in stages, for networks of any size.
///
/// The loss near the weights w is L + gᵀδ + ½ δᵀHδ. Removing weight q alone costs ½ w_q² / [H⁻¹]_qq; those that cost least
/// go. With Q removed, the kept weights K move to where the model is least: H_KK δ_K = H_KQ w_Q − g_K (g = 0 at a critical
/// point), which for one weight is δ = −(w_q / [H⁻¹]_qq) H⁻¹e_q and for several the joint formula.
///
/// - The score's H is the Fisher matrix of single examples, damped: the whole matrix where the weights that are left are few,
///   else within blocks of them (WoodFisher).
/// - The move's H is the Gauss-Newton matrix over many examples, which is never formed: conjugate gradients on its products
///   solve for all kept weights at once, damped, and stop where the loss over other examples is least (Martens 2010), so
///   that the weights do not fit the examples of the round alone.
/// - Each of `stages` rounds removes so many weights that their number falls geometrically, and everything is computed
///   anew between them, as CHITA++ (Benbaki et al. 2023) and WoodFisher do.
///
/// A round costs m gradients of single examples, m · n · b multiplications for the Fisher blocks, and about as many products
/// with the Gauss-Newton matrix as conjugate gradients take, each like four passes forwards over the curvature's examples.
public struct OptimalBrainSurgeon: Sendable {
    public var stages: Int
    /// How the Fisher matrix is cut.
    public var blocks: FisherBlocks
    /// Examples whose gradients make the Fisher matrix.
    public var fisherSamples: Int
    /// Examples over which the Gauss-Newton matrix and the gradient are taken, others in each round.
    public var curvatureSamples: Int
    /// Share of the mean of the matrix's diagonal that is added to it.
    public var damping: Double
    /// The same for the Gauss-Newton matrix of a move; how far the weights go is decided by other examples besides.
    public var moveDamping = 0.1
    /// Whether the gradient takes part in the move: the weights are not taken to be at a critical point.
    public var firstOrder: Bool
    /// How often the kept weights are solved for after the last round, as long as it helps; after the others it is once.
    public var finalSolves: Int
    /// Whether the Fisher matrix is the empirical one, of the true labels, and not of labels drawn from the model.
    public var isEmpirical: Bool
    public var seed: UInt64
    public var threads: Int

    public init(
        stages: Int = 15, blocks: FisherBlocks = .automatic, fisherSamples: Int = 1000, curvatureSamples: Int = 8192,
        damping: Double = 1e-3, firstOrder: Bool = true, finalSolves: Int = 8, isEmpirical: Bool = false,
        seed: UInt64 = 0,
        threads: Int = Parallel.defaultThreads
    ) {
        self.stages = stages
        self.blocks = blocks
        self.fisherSamples = fisherSamples
        self.curvatureSamples = curvatureSamples
        self.damping = damping
        self.firstOrder = firstOrder
        self.finalSolves = finalSolves
        self.isEmpirical = isEmpirical
        self.seed = seed
        self.threads = threads
    }

    /// What a round did.
    public struct Round: Sendable, Hashable {
        /// Weights that are kept after it.
        public var kept: Int
        public var block: Int
        /// Whether that was all of them: the matrix was not cut.
        public var isWhole: Bool
        /// The greatest damping that a block of the Fisher matrix needed.
        public var fisherDamping: Double
        /// Products with the Gauss-Newton matrix.
        public var products: Int
        /// Solves that rounding ended, as it does where the loss is nearly zero and flat.
        public var roundedSolves: Int
        /// Over the round's examples: before it, with the weights only removed, and after the kept ones moved.
        public var lossBefore: Double
        public var lossRemoved: Double
        public var lossAfter: Double
        /// What the quadratic model said the loss would change by, from before the round to after its moves.
        public var predictedChange: Double
    }

    public struct Outcome: Sendable {
        public var weights: [Float]
        public var isKept: [Bool]
        public var rounds: [Round]
    }

    /// - Parameters:
    ///   - weights: one behind the other, as `loss` has them.
    ///   - targets: how many weights of each tensor go, or of all.
    ///   - progress: told of each round.
    /// - Throws: `numerical` where a matrix is not positive definite or a loss is not finite; `cancelled`; what `loss` throws.
    public func prune(
        _ weights: [Float], _ loss: any PrunableLoss, targets: RemovalTargets, progress: WorkProgress? = nil,
        cancellation: CancellationFlag? = nil
    ) throws -> Outcome {
        var state = BrainSurgery(self, weights, loss, progress: progress, cancellation: cancellation)
        var rounds: [Round] = []
        progress?.begin("pruning in \(stages) rounds", total: stages)
        for stage in 1...max(stages, 1) {
            try cancellation?.check()
            rounds.append(try state.round(stage, targets))
            progress?.add(1)
        }
        return Outcome(weights: state.weights, isKept: state.isKept, rounds: rounds)
    }
}
