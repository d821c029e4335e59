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

/// Everything that can be chosen by name. A new format, criterion or renderer is one file of its own and one line here.
public enum Catalog {
    /// Formats that model files are read from and written to.
    public static let formats: [any ModelFormat] = [
        SPMFormat(),
        HDF5Format(),
        SafeTensorsFormat(),
        KerasArchiveFormat(),
        ShardedWeightsFormat(),
        ONNXFormat(),
    ]

    /// What files of other kinds than Keras's say of their networks; nil where a file is of another kind.
    static let documents: [@Sendable (any ModelReader) -> ModelDocument?] = [
        ONNXDocument.make
    ]

    /// Criteria by identifier, each made from what the user said.
    public static let criteria: [CriterionEntry] = [
        CriterionEntry(id: "magnitude") { _ in MagnitudeCriterion() },
        CriterionEntry(id: "random", usesSeed: true) { RandomCriterion(seed: $0.seed) },
    ]

    /// Kinds of report.
    public static let renderers: [any ReportRenderer] = [
        TextRenderer(),
        JSONRenderer(),
        MarkdownRenderer(),
        CSVRenderer(),
    ]
}

/// What a criterion may be made from.
public struct CriterionOptions: Sendable, Hashable {
    public var seed: UInt64

    public init(seed: UInt64 = 0) { self.seed = seed }
}

/// A criterion in the catalog.
public struct CriterionEntry: Sendable {
    public let id: String
    /// Whether its result depends on the seed, which the report then names.
    public let usesSeed: Bool
    public let make: @Sendable (CriterionOptions) -> any PruningCriterion

    init(id: String, usesSeed: Bool = false, make: @escaping @Sendable (CriterionOptions) -> any PruningCriterion) {
        self.id = id
        self.usesSeed = usesSeed
        self.make = make
    }
}

extension Catalog {
    /// What a file says of its network, and of what its tensors are for.
    static func document(_ reader: any ModelReader) -> ModelDocument {
        documents.lazy.compactMap { $0(reader) }.first
            ?? KerasDocument(tree: reader.tree, tensors: reader.tensors).model
    }

    public static func criterion(_ id: String) throws -> CriterionEntry {
        guard let entry = criteria.first(where: { $0.id == id }) else {
            throw SparsifyError(
                .usage, "There is no criterion '\(id)'.",
                remedy: "Known are: \(criteria.map(\.id).joined(separator: ", ")).")
        }
        return entry
    }

    public static func renderer(_ id: String) -> any ReportRenderer {
        guard let renderer = renderers.first(where: { $0.id == id }) else {
            preconditionFailure("no renderer is called \(id)")
        }
        return renderer
    }
}
