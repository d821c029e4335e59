internal import BinSparseFormat
internal import HDF5Format
internal import KerasArchives
internal import KerasModels
public import ModelIO
internal import Networks
internal import ONNXFormat
internal import OtherFormats
public import Pruning
public import Reports
internal import SPMFormat
internal import Tensors
public import Training

/// Everything that can be chosen by name. A new format, criterion or renderer is one file of its own and one line here.
public enum Catalog {
    /// Formats that model files are read from, and written to.
    public static let formats: [any ModelFormat] = [
        SPMFormat(),
        BinSparseFormat(),
        HDF5Format(),
        SafeTensorsFormat(),
        KerasArchiveFormat(),
        ShardedWeightsFormat(),
        ONNXFormat(),
        NumPyFormat(),
        PyTorchFormat(),
    ]

    /// What files of other kinds than Keras's say of their networks; nil where a file is of another kind.
    static let documents: [@Sendable (any ModelReader) -> ModelDocument?] = [
        ONNXDocument.make
    ]

    /// Criteria by identifier, each made from what the user said.
    public static let criteria: [CriterionEntry] = [
        CriterionEntry(id: "magnitude") { _ in MagnitudeCriterion() },
        CriterionEntry(id: "random", usesSeed: true) { RandomCriterion(seed: $0.seed) },
        CriterionEntry(
            id: "wanda", summary: "|w| · ‖x‖₂, within an output (Sun et al. 2023)", needs: .activations,
            isLayerwise: true
        ) { _ in LayerwisePruning(criterion: Wanda()) },
        CriterionEntry(
            id: "layer-obs",
            summary: "w² / [H⁻¹]_qq with H = X Xᵀ + λI, the others make up for it (Frantar, Alistarh 2022, 2023)",
            needs: .activations, isLayerwise: true
        ) { LayerwisePruning(criterion: LayerOBS(damping: $0.damping ?? LayerOBS.standardDamping)) },
        CriterionEntry(
            id: "taylor", summary: "|g · w|, the first order of the loss (Molchanov et al. 2017; SNIP 2019)",
            needs: .gradients
        ) { TaylorPruning(options: $0) },
        CriterionEntry(
            id: "obd", summary: "h w² / 2 with the curvature's diagonal h (LeCun, Denker, Solla 1990)",
            needs: .gradients, usesSeed: true
        ) { DamagePruning(options: $0) },
        CriterionEntry(
            id: "obs",
            summary: "w² / 2[H⁻¹]_qq in rounds, the kept weights solved for (Hassibi, Stork 1993; WoodFisher 2020)",
            needs: .gradients, usesSeed: true
        ) { SurgeonPruning(options: $0) },
        CriterionEntry(
            id: "variational-dropout", summary: "theta^2 / sigma^2 of noise that is learned (Molchanov et al. 2017)"
        ) { VariationalDropout($1) },
        CriterionEntry(id: "l0", summary: "gates that are learned to open or shut (Louizos et al. 2018)") {
            try HardConcreteGates($1, group: $0.gates)
        },
        CriterionEntry(
            id: "movement", summary: "-sum of w · gradient: away from zero in training (Sanh, Wolf, Rush 2020)",
            findsSparsity: false
        ) { Movement($1) },
    ]

    /// Rules that share a sparsity out among tensors, besides `global`, by which all weights are compared.
    public static let allocations: [any SparsityAllocation] = [
        UniformAllocation(),
        ERKAllocation(),
        LAMPAllocation(),
    ]

    /// How the sparsity grows while a network is trained.
    public static let sparsitySchedules: [any SparsitySchedule] = [
        OneShotSchedule(),
        ConstantSchedule(),
        LinearSchedule(),
        CubicSchedule(),
        try! IterativeSchedule(),
    ]

    public static let optimizers: [any Optimizer] = [
        SGD(),
        SGD(isNesterov: true),
        Adam(),
        AdamW(),
    ]

    /// How the learning rate changes over a training.
    public static let rateSchedules: [any LearningRateSchedule] = [
        ConstantRate(),
        StepRate(),
        CosineRate(),
        OneCycleRate(),
    ]

    /// Kinds of report.
    public static let renderers: [any ReportRenderer] = [
        TextRenderer(),
        JSONRenderer(),
        MarkdownRenderer(),
        CSVRenderer(),
        HTMLRenderer(),
    ]
}

extension Catalog {
    /// What a file says of its network, and of what its tensors are for.
    ///
    /// - Parameter keepsNoise: whether the network is made for training.
    static func document(_ reader: any ModelReader, keepsNoise: Bool = false) -> ModelDocument {
        documents.lazy.compactMap { $0(reader) }.first
            ?? KerasDocument(tree: reader.tree, tensors: reader.tensors, keepsNoise: keepsNoise).model
    }

    public static func criterion(_ id: String) throws -> CriterionEntry {
        guard let entry = criteria.first(where: { $0.id == id }) else {
            throw SparsifyError(
                .usage, "There is no criterion '\(id)'.",
                remedy: "Known are: \(criteria.map(\.id).joined(separator: ", ")).")
        }
        return entry
    }

    /// The rule of this name; nil: `global`.
    ///
    /// - Throws: `usage` where there is none.
    static func allocation(_ id: String) throws -> (any SparsityAllocation)? {
        if id == globalAllocation || id == budgetAllocation { return nil }
        guard let allocation = allocations.first(where: { $0.id == id }) else {
            throw SparsifyError(
                .usage, "There is no allocation '\(id)'.",
                remedy: "Known are: \(allocationNames.joined(separator: ", ")).")
        }
        return allocation
    }

    static let globalAllocation = "global"
    /// By what each tensor was measured to cost by itself.
    static let budgetAllocation = "budget"
    /// What `--allocation` takes.
    public static var allocationNames: [String] { [globalAllocation] + allocations.map(\.id) + [budgetAllocation] }

    /// - Throws: `usage` where there is none.
    static func sparsitySchedule(_ id: String) throws -> any SparsitySchedule {
        try named(id, sparsitySchedules, "schedule", \.id)
    }

    /// - Throws: `usage` where there is none.
    static func optimizer(_ id: String) throws -> any Optimizer { try named(id, optimizers, "optimizer", \.id) }

    /// - Throws: `usage` where there is none.
    static func rateSchedule(_ id: String) throws -> any LearningRateSchedule {
        try named(id, rateSchedules, "schedule of the learning rate", \.id)
    }

    private static func named<T>(_ id: String, _ list: [T], _ kind: String, _ name: (T) -> String) throws -> T {
        guard let found = list.first(where: { name($0) == id }) else {
            throw SparsifyError(
                .usage, "There is no \(kind) '\(id)'.", remedy: "Known are: \(list.map(name).joined(separator: ", ")).")
        }
        return found
    }

    public static func renderer(_ id: String) -> any ReportRenderer {
        guard let renderer = renderers.first(where: { $0.id == id }) else {
            preconditionFailure("no renderer is called \(id)")
        }
        return renderer
    }
}
