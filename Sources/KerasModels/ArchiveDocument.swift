public import ModelIO
internal import Networks

/// What a `.keras` archive says beside its weights. A tree of the weights keeps it at the root, as texts under the names
/// of the archive's members.
public enum ArchiveDocument {
    public static let configName = "config.json"
    public static let metadataName = "metadata.json"

    /// Whether the weights of a tree lie as in an archive.
    public static func isWeights(_ tree: FileTree) -> Bool { KerasLayout(of: tree) == .weightsFile }

    /// The configuration, where these are the weights of an archive.
    static func config(_ tree: FileTree) -> String? {
        guard isWeights(tree), let root = tree.entries.first else { return nil }
        return StringAttribute.text(configName, on: root)
    }

    /// The version of Keras that wrote the archive.
    static func kerasVersion(_ tree: FileTree) -> String? {
        guard config(tree) != nil, let root = tree.entries.first,
            let text = StringAttribute.text(metadataName, on: root)
        else { return nil }
        return (try? JSONValue(parsing: text))?["keras_version"]?.string
    }
}
