internal import ModelIO
internal import Tensors

/// Which shard each group of variables goes to. The first shard has all that is no tensor.
struct ShardPlan {
    var trees: [FileTree]
    /// For each tensor of the list, its shard.
    var places: [Int]
    /// The groups that hold tensors, in order, each with its shard.
    var groups: [(path: String, shard: Int)] = []

    init(_ tree: FileTree, _ tensors: [TensorInfo], shardByteCount: Int) {
        let parents = Dictionary(tree.entries.map { ($0.path, $0.parentPath) }) { first, _ in first }
        let groupOf = tensors.map { parents[$0.name] ?? "" }
        var sizes: [String: Int] = [:]
        for (tensor, group) in zip(tensors, groupOf) { sizes[group, default: 0] += tensor.byteCount }
        // What has a second name stays where that can lead to it.
        let isWhole = tree.entries.contains { if case .alias = $0.kind { true } else { false } }
        var shards: [String: Int] = [:]
        var (current, size) = (0, 0)
        for group in groupOf where shards[group] == nil {
            let next = sizes[group] ?? 0
            if !isWhole, size > 0, next > shardByteCount - min(size, shardByteCount) {
                (current, size) = (current + 1, 0)
            }
            size += next
            shards[group] = current
            groups.append((group, current))
        }
        places = groupOf.map { shards[$0] ?? 0 }

        var above: [Set<String>] = Array(repeating: [], count: current + 1)
        for (group, shard) in shards {
            var path: String? = group
            while let own = path, above[shard].insert(own).inserted { path = parents[own] }
            above[shard].insert("")
        }
        trees = (0...current).map { shard in
            var part = tree
            part.entries = tree.entries.filter { entry in
                switch entry.kind {
                case .tensor: shards[entry.parentPath] ?? 0 == shard
                case .group: shard == 0 || above[shard].contains(entry.path)
                default: shard == 0
                }
            }
            return part
        }
    }
}
