internal import ModelIO
internal import Tensors

/// The trees of shards, laid over one another.
struct MergedShards {
    var tree = FileTree(entries: [])
    var tensors: [TensorInfo] = []
    /// For each tensor: its shard, and its index there.
    var places: [(shard: Int, index: Int)] = []

    /// - Parameter names: what the index calls the shards.
    /// - Throws: `malformed` where two shards have one object, or they and the index disagree.
    init(_ shards: [any ModelReader], names: [String], _ map: ShardMap) throws {
        var positions: [String: Int] = [:]
        var found: Set<String> = []
        for (number, shard) in shards.enumerated() {
            for entry in shard.tree.entries {
                guard let known = positions[entry.path] else {
                    positions[entry.path] = tree.entries.count
                    tree.entries.append(entry)
                    continue
                }
                guard case (.group, .group) = (entry.kind, tree.entries[known].kind) else {
                    throw SparsifyError(
                        .malformed, "Another shard has an object '/\(entry.path)', too.", file: shard.path)
                }
                tree.entries[known].attributes += entry.attributes.filter { new in
                    tree.entries[known].attribute(new.name) == nil
                }
            }
            tree.usesLatestFileVersion = tree.usesLatestFileVersion || shard.tree.usesLatestFileVersion
            for (index, tensor) in shard.tensors.enumerated() {
                let group = FileTree.Entry(path: tensor.name, kind: .group(.init())).parentPath
                guard map.files[group]?.contains(names[number]) == true else {
                    throw SparsifyError(
                        .malformed, "The shard holds this tensor, but the index does not say so.", file: shard.path,
                        tensor: tensor.name)
                }
                found.insert(group)
                tensors.append(tensor)
                places.append((number, index))
            }
        }
        if let missing = map.files.keys.filter({ !found.contains($0) }).min() {
            throw SparsifyError(.malformed, "The index names the group '/\(missing)', but no shard has tensors there.")
        }
    }
}
