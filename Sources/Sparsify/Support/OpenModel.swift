internal import KerasModels
internal import ModelIO
internal import Networks
internal import Tensors

/// An open file together with what its layout means.
struct OpenModel: Sendable {
    private(set) var reader: any ModelReader
    let analysis: ModelAnalysis
    /// What was done on the way from the file to this view of it, a sentence each.
    private(set) var notes: [String] = []
    private(set) var droppedOptimizerBytes = 0

    /// For each tensor, whether it is pruned by default, and why.
    var choices: [TensorSelection.Choice] { analysis.choices }

    /// - Throws: what opening the file throws, in this process or in the probe's.
    init(_ path: String, options: JobOptions) throws {
        let reader = try ModelFiles.open(path, options: options.reading)
        var names: Set<String> = []
        for tensor in reader.tensors where !names.insert(tensor.name).inserted {
            throw SparsifyError(
                .unsupported, "Another tensor's name is the same to Unicode, though spelled with other bytes.",
                file: path,
                tensor: tensor.name, remedy: "Rename one of the two.")
        }
        self.init(reader)
    }

    private init(_ reader: any ModelReader) {
        self.reader = reader
        analysis = ModelAnalysis(reader)
    }

    /// The model without what belongs to its training: pruning wrappers, and the optimizer unless it is wanted.
    func prepared(keepingOptimizer: Bool) throws -> OpenModel {
        let stripped = try located(reader.path) { try PruningWrappers.stripping(reader.tree, reader.tensors) }
        var model = self
        if let stripped {
            model = rewritten(stripped)
            model.notes.append(
                "\(stripped.dropped.count) tensors of pruning wrappers were stripped; their masks are applied")
        }
        return keepingOptimizer ? model : model.droppingOptimizer()
    }

    /// The model without the optimizer's state.
    func droppingOptimizer() -> OpenModel {
        let rewrite = OptimizerState.dropping(reader.tree, reader.tensors)
        guard !rewrite.dropped.isEmpty else { return self }
        var model = rewritten(rewrite)
        model.droppedOptimizerBytes += rewrite.droppedBytes
        return model
    }

    /// The same model with weights under a pruning wrapper's mask multiplied by it: what the network computes with.
    func masked() -> OpenModel {
        let masks = analysis.roles.reduce(into: [String: String]()) { $0[$1.tensor] = $1.mask }
        guard !masks.isEmpty else { return self }
        var model = rewritten(KerasRewrite(masking: masks, tree: reader.tree, tensors: reader.tensors))
        model.notes.append(
            "\(masks.count) weights lie under a pruning wrapper; they are shown with their masks applied")
        return model
    }

    /// The network that the file carries.
    ///
    /// - Throws: `unsupported` where it carries none.
    func network() throws -> Network {
        guard let network = analysis.document.network else {
            throw SparsifyError(
                .unsupported, "There is no network to run. \(analysis.document.networkIssue ?? "")", file: reader.path,
                remedy: "Without one, weights can be pruned by magnitude or at random, without data.")
        }
        return network
    }

    /// The network as it is trained, with dropout.
    ///
    /// - Throws: as `network()`.
    func trainingNetwork() throws -> Network {
        try Catalog.document(reader, keepsNoise: true).network ?? network()
    }

    /// The same model with its values as another reader of the same tensors shows them.
    func seen(through reader: any ModelReader) -> OpenModel {
        var model = self
        model.reader = reader
        return model
    }

    /// The model of a reader that shows this one's tensors under other names.
    func taking(_ reader: any ModelReader, notes more: [String]) -> OpenModel {
        var model = OpenModel(reader)
        model.notes = notes + more
        model.droppedOptimizerBytes = droppedOptimizerBytes
        return model
    }

    private func rewritten(_ rewrite: KerasRewrite) -> OpenModel {
        let places = Dictionary(uniqueKeysWithValues: reader.tensors.enumerated().map { ($1.name, $0) })
        let sources = rewrite.tensors.map { info in
            DerivedReader.Source(
                info: info, index: places[rewrite.sources[info.name] ?? info.name]!,
                mask: rewrite.masks[info.name].flatMap { places[$0] })
        }
        return taking(
            DerivedReader(reader, sources: sources, tree: rewrite.tree, warnings: rewrite.warnings), notes: [])
    }
}
