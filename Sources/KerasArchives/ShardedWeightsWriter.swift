internal import HDF5Format
internal import KerasModels
public import ModelIO
internal import Tensors

/// Sharded weights of Keras 3 in the making. A new shard begins where the one before has five gibibytes, Keras's own
/// limit; the variables of a layer stay together.
public final class ShardedWeightsWriter: ModelWriter {
    static let shardByteCount = 5 << 30

    private let index: AtomicFile
    private let text: [UInt8]
    private let writers: [HDF5Writer]
    /// For each tensor of the list, its shard.
    private let places: [Int]
    private var written = 0

    /// - Throws: `unsupported` where the model is not laid out as Keras 3 does it, `io` where a file cannot be made or
    ///   exists already.
    public convenience init(
        path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()
    ) throws {
        try self.init(
            path: path, tree: tree, tensors: tensors, options: options, shardByteCount: Self.shardByteCount)
    }

    init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions, shardByteCount: Int) throws {
        guard ArchiveDocument.isWeights(tree) else {
            throw SparsifyError(
                .unsupported, "The weights do not lie as in a .weights.h5 file.", file: path,
                remedy: "Load the model with Keras and save its weights.")
        }
        let shards = ShardPlan(tree, tensors, shardByteCount: shardByteCount)
        places = shards.places
        let stem = String((path.split(separator: "/").last ?? "").dropLast(ShardedWeightsFormat.suffix.count))
        let names = shards.trees.indices.map { number in
            "\(stem)_\(String(100_000 + number).suffix(5)).weights.h5"
        }
        text = ShardMap.text(
            shards.groups.map { ($0.path, names[$0.shard]) }, totalBytes: tensors.reduce(0) { $0 + $1.byteCount })
        index = try AtomicFile(path: path, overwrite: options.overwrite)
        writers = try zip(names, shards.trees).enumerated().map { number, shard in
            let own = zip(tensors, shards.places).filter { $0.1 == number }.map(\.0)
            return try HDF5Writer(
                path: SiblingFile.path(shard.0, beside: path), tree: shard.1, tensors: own, options: options)
        }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        precondition(written < places.count, "tensors are appended in the order of the list")
        try writers[places[written]].append(tensor, expectedNonzeros: expectedNonzeros, source: source)
        written += 1
    }

    /// The index comes last, so that it names only what is there.
    public func finish() throws {
        for writer in writers { try writer.finish() }
        try index.write(text)
        try index.commit()
    }
}
