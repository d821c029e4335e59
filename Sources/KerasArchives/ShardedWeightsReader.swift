internal import HDF5Format
public import ModelIO
internal import Tensors

/// Sharded weights of Keras 3 as one model: the trees of the files, laid over one another.
public final class ShardedWeightsReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public let warnings: [String]
    private let shards: [any ModelReader]
    private let places: [(shard: Int, index: Int)]

    public var formatID: String { ShardedWeightsFormat.identifier }

    /// - Throws: what reading a shard throws; `refused` where the index names files elsewhere, `malformed` where it and
    ///   the shards disagree.
    public init(path: String, options: ReadOptions = ReadOptions()) throws {
        do {
            let file = try InputFile(path: path)
            let map = try ShardMap(file)
            let names = map.fileNames
            shards = try names.map { name in
                let shard = try SiblingFile.open(name, beside: path, followsLinks: options.followsLinks)
                return try HDF5Format().makeReader(path: shard.path, options: options)
            }
            self.path = path
            fileSize = shards.reduce(file.size) { $0 + $1.fileSize }
            warnings = shards.flatMap(\.warnings)
            let merged = try MergedShards(shards, names: names, map)
            (tree, tensors, places) = (merged.tree, merged.tensors, merged.places)
        } catch let error as SparsifyError {
            throw error.located(file: path)
        }
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let place = places[index]
        try shards[place.shard].read(place.index, range, into: destination)
    }
}
