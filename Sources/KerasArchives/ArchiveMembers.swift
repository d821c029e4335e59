internal import KerasModels
internal import ModelIO
internal import OtherFormats
internal import Tensors

/// What an archive holds beside its weights: texts at the root of the tree, and assets as data of single bytes.
struct ArchiveMembers {
    static let weightsName = "model.weights.h5"
    static let otherWeightsName = "model.weights.npz"
    static let assetsFolder = "assets"
    /// In the order in which Keras writes them.
    private static let texts = [ArchiveDocument.metadataName, ArchiveDocument.configName]
    static let known = texts + [weightsName, otherWeightsName]

    private static let maximumTextBytes = 64 << 20
    /// Of all assets together: they are kept in memory.
    private static let maximumAssetBytes = 64 << 20
    private static let assetType = ValueType.opaque(size: 1, tag: "asset")

    private var texts: [(name: String, text: String)] = []
    /// By path in the archive.
    private var assets: [(name: String, bytes: [UInt8])] = []
    /// Sentences on members that are none of Keras's.
    private(set) var warnings: [String] = []

    // MARK: Reading

    /// - Throws: `malformed` where a member is missing or no text in UTF-8, `unsupported` where the weights are not in
    ///   HDF5, `limit` where texts or assets are too large.
    init(_ archive: ZipArchive) throws(SparsifyError) {
        let names = archive.members.map(\.name)
        guard names.contains(Self.weightsName) else {
            guard !names.contains(Self.otherWeightsName) else {
                throw SparsifyError(
                    .unsupported,
                    "The weights lie in '\(Self.otherWeightsName)', as pickled objects, which can run code.",
                    file: archive.path, remedy: "Load the model with Keras and save it again.")
            }
            throw SparsifyError(
                .malformed, "The archive has no member '\(Self.weightsName)'.", file: archive.path,
                remedy: "It is no model that Keras saved.")
        }
        for name in Self.texts {
            guard let bytes = try archive.contents(name, maximumBytes: Self.maximumTextBytes) else {
                throw SparsifyError(.malformed, "The archive has no member '\(name)'.", file: archive.path)
            }
            guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
                throw SparsifyError(.malformed, "The member '\(name)' is no text in UTF-8.", file: archive.path)
            }
            texts.append((name, text))
        }
        var room = Self.maximumAssetBytes
        for name in names where !Self.known.contains(name) {
            guard name.hasPrefix(Self.assetsFolder + "/") else {
                warnings.append("The member '\(name)' was left out: Keras has none of this name.")
                continue
            }
            guard let bytes = try archive.contents(name, maximumBytes: room) else { continue }
            room -= bytes.count
            assets.append((name, bytes))
        }
    }

    /// The tree of the weights, with what else the archive holds.
    ///
    /// - Throws: `malformed` where the weights have something under the name of an asset.
    func added(to weights: FileTree) throws(SparsifyError) -> FileTree {
        var tree = weights
        tree.entries[0].attributes.removeAll { Self.texts.contains($0.name) }
        tree.entries[0].attributes += texts.map { Attribute(name: $0.name, text: $0.text) }
        guard !assets.isEmpty else { return tree }
        var taken = Set(weights.entries.map(\.path))
        for (name, bytes) in assets {
            let parts = name.split(separator: "/").map(String.init)
            for depth in 1..<parts.count {
                let group = parts[..<depth].joined(separator: "/")
                if depth == 1 ? !tree.entries.contains(where: { $0.path == group }) : !taken.contains(group) {
                    tree.entries.append(.init(path: group, kind: .group(.init())))
                }
                taken.insert(group)
            }
            guard taken.insert(name).inserted else {
                throw SparsifyError(.malformed, "The weights, too, have an object called '\(name)'.")
            }
            tree.entries.append(
                .init(
                    path: name,
                    kind: .data(
                        .init(type: Self.assetType),
                        DataValue(type: Self.assetType, extent: .simple([bytes.count]), payload: .bytes(bytes)))))
        }
        return tree
    }

    // MARK: Writing

    /// Takes what an archive holds beside its weights out of a tree.
    ///
    /// - Throws: `unsupported` where the tree is not that of an archive.
    init(removingFrom tree: inout FileTree) throws(SparsifyError) {
        guard ArchiveDocument.isWeights(tree) else {
            throw SparsifyError(
                .unsupported, "The weights do not lie as in a .keras archive.",
                remedy: "Load the model with Keras and save it as .keras.")
        }
        for name in Self.texts {
            guard let text = tree.entries[0].attribute(name)?.text else {
                throw SparsifyError(
                    .unsupported, "A .keras archive needs a \(name), and this model carries none.",
                    remedy: "Load the model with Keras and save it as .keras.")
            }
            texts.append((name, text))
        }
        tree.entries[0].attributes.removeAll { Self.texts.contains($0.name) }
        for entry in tree.entries {
            if case .data(let properties, let value) = entry.kind, properties.type == Self.assetType,
                entry.path.hasPrefix(Self.assetsFolder + "/"), case .bytes(let bytes) = value.payload
            {
                assets.append((entry.path, bytes))
            }
        }
        guard !assets.isEmpty else { return }
        let names = Set(assets.map(\.name))
        tree.entries.removeAll { names.contains($0.path) }
        // Groups that held nothing else.
        for entry in tree.entries.reversed() {
            guard case .group = entry.kind, entry.path == Self.assetsFolder || entry.path.hasPrefix("assets/"),
                !tree.entries.contains(where: { $0.parentPath == entry.path && $0.path != entry.path })
            else { continue }
            tree.entries.removeAll { $0.path == entry.path }
        }
    }

    /// Puts the members into an archive, in Keras's order.
    ///
    /// - Parameter weights: the weights file.
    func append(to archive: ZipArchiveWriter, weights: InputFile) throws(SparsifyError) {
        for (name, text) in texts { try archive.append(name, Array(text.utf8)) }
        try archive.append(Self.weightsName, weights)
        for (name, bytes) in assets { try archive.append(name, bytes) }
    }
}
