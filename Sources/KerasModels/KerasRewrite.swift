public import ModelIO

/// A file's tree changed: which tensors the new one has, where their values come from, and what is left out.
public struct KerasRewrite: Sendable, Hashable {
    public struct Dropped: Sendable, Hashable {
        public var tensor: TensorInfo
        /// Why, as a phrase.
        public var reason: String
    }

    public var tree: FileTree
    /// The tensors of the new tree, in order, under their new names.
    public var tensors: [TensorInfo]
    /// By new name: the name that the tensor has in the file it comes from.
    public var sources: [String: String]
    /// By new name: the tensor of the source, of the same shape, that tells by zeros which elements become zero.
    public var masks: [String: String] = [:]
    /// Tensors of the source that the new tree does not have.
    public var dropped: [Dropped] = []
    /// What could only be guessed, a sentence each.
    public var warnings: [String] = []

    init(
        tree: FileTree, tensors: [TensorInfo], sources: [String: String], masks: [String: String] = [:],
        warnings: [String] = []
    ) {
        self.tree = tree
        self.tensors = tensors
        self.sources = sources
        self.masks = masks
        self.warnings = warnings
    }

    /// Nothing changed but that weights are multiplied with masks, by their names.
    public init(masking masks: [String: String], tree: FileTree, tensors: [TensorInfo]) {
        self.init(
            tree: tree, tensors: tensors,
            sources: Dictionary(tensors.map { ($0.name, $0.name) }) { first, _ in first }, masks: masks)
    }

    /// Bytes of the dense values of the dropped tensors.
    public var droppedBytes: Int { dropped.reduce(0) { $0 + $1.tensor.byteCount } }

    /// This change, then another of its result: sources and dropped tensors are told by their first names.
    public func followed(by next: KerasRewrite) -> KerasRewrite {
        var result = next
        result.sources = next.sources.mapValues { sources[$0] ?? $0 }
        result.masks = next.masks.mapValues { sources[$0] ?? $0 }
        for (name, middle) in next.sources {
            if let mask = masks[middle] { result.masks[name] = mask }
        }
        result.dropped =
            dropped
            + next.dropped.map { entry in
                var copy = entry
                copy.tensor.name = sources[entry.tensor.name] ?? entry.tensor.name
                return copy
            }
        result.warnings = warnings + next.warnings
        return result
    }
}
