public import Pruning
public import Training

/// What a criterion may be made from.
public struct CriterionOptions: Sendable, Hashable {
    public var seed: UInt64
    /// What is added to the diagonal of a matrix before it is inverted, as a share of the diagonal's mean; nil: what is
    /// usual for the criterion.
    public var damping: Double?
    /// The loss of criteria that look at it; nil: what the network's end and the labels suggest.
    public var loss: LossKind?
    /// Whether the gradient takes part in second-order criteria; nil: what is usual for the criterion.
    public var firstOrder: Bool?
    /// The curvature that `obd` goes by.
    public var diagonal = OptimalBrainDamage.Diagonal.fisher
    /// Products with the Hessian for an estimate of its diagonal.
    public var probes = 64
    /// Of `obs`: how the Fisher matrix is cut; rounds, and examples that make it; nil: what is usual.
    public var blocks = FisherBlocks.automatic
    public var stages: Int?
    public var fisherSamples: Int?
    /// Of `obs`: whether the Fisher matrix is that of the true labels.
    public var isEmpirical = false
    /// Of criteria that are learned: what their penalty is multiplied by; nil: 1, or half of that where they are told how
    /// many weights go, since the penalty need not find them all.
    public var penalty: Double?
    /// Of `l0`: what shares a gate.
    public var gates = HardConcreteGates.Group.weight

    public init(seed: UInt64 = 0, damping: Double? = nil) {
        self.seed = seed
        self.damping = damping
    }
}

/// A criterion in the catalog.
public struct CriterionEntry: Sendable {
    public enum Maker: Sendable {
        /// Scores weights by themselves.
        case weights(@Sendable (CriterionOptions) -> any PruningCriterion)
        /// Looks at data.
        case data(@Sendable (CriterionOptions) -> any DataCriterion)
        /// Is learned while the network is trained.
        case learned(@Sendable (CriterionOptions, LearningTask) throws -> any LearnedSparsity)
    }

    public let id: String
    /// A line for people: the formula, and where it comes from.
    public let summary: String
    public let needs: CriterionNeeds
    /// Whether its result depends on the seed, which the report then names.
    public let usesSeed: Bool
    /// Whether it prunes each tensor by itself, so that scores of different tensors are not compared.
    public let isLayerwise: Bool
    /// Whether it says by itself how many weights go.
    public let findsSparsity: Bool
    public let make: Maker

    /// A criterion that looks at weights alone.
    init(id: String, usesSeed: Bool = false, make: @escaping @Sendable (CriterionOptions) -> any PruningCriterion) {
        self.id = id
        self.usesSeed = usesSeed
        self.make = .weights(make)
        summary = make(CriterionOptions()).summary
        needs = .nothing
        isLayerwise = false
        findsSparsity = false
    }

    /// A criterion that looks at data.
    init(
        id: String, summary: String, needs: CriterionNeeds, isLayerwise: Bool = false, usesSeed: Bool = false,
        makeData: @escaping @Sendable (CriterionOptions) -> any DataCriterion
    ) {
        self.id = id
        self.summary = summary
        self.needs = needs
        self.isLayerwise = isLayerwise
        self.usesSeed = usesSeed
        findsSparsity = false
        make = .data(makeData)
    }

    /// A criterion that is learned while the network is trained.
    init(
        id: String, summary: String, findsSparsity: Bool = true,
        makeLearned: @escaping @Sendable (CriterionOptions, LearningTask) throws -> any LearnedSparsity
    ) {
        self.id = id
        self.summary = summary
        needs = .training
        usesSeed = true
        isLayerwise = false
        self.findsSparsity = findsSparsity
        make = .learned(makeLearned)
    }
}
