internal import ModelIO
internal import Tensors

/// The file that tells in which shard each tensor of a model lies: `model.safetensors.index.json`.
struct SafeTensorsIndex {
    static let suffix = ".index.json"
    static let maximumByteCount = 64 << 20

    /// The file of each tensor, by name, compared by bytes.
    var shards: [[UInt8]: String]

    /// The names of the files, each once, in order.
    var files: [String] { Set(shards.values).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// - Throws: `malformed` where the text is no such index, `refused` where it names files of another folder or kind.
    init(parsing text: [UInt8]) throws(SparsifyError) {
        var cursor = try JSONCursor(text)
        var shards: [[UInt8]: String]?
        try cursor.object("the index") { (cursor, key) throws(SparsifyError) in
            guard key == "weight_map" else { return try cursor.skip() }
            var map: [[UInt8]: String] = [:]
            try cursor.object("weight_map") { (cursor, name) throws(SparsifyError) in
                map[Array(name.utf8)] = try Self.file(&cursor, of: name)
            }
            shards = map
        }
        try cursor.finish()
        guard let shards, !shards.isEmpty else {
            throw SparsifyError(.malformed, "The index has no weight_map, or an empty one.")
        }
        self.shards = shards
    }

    private static func file(_ cursor: inout JSONCursor, of tensor: String) throws(SparsifyError) -> String {
        let name = try cursor.string("file of '\(tensor)'")
        guard SiblingFile.isPlain(name), name.hasSuffix(".safetensors") else {
            throw SparsifyError(
                .refused, "The index names the file '\(name)'; only .safetensors files in its own folder are read.",
                tensor: tensor)
        }
        return name
    }

    /// The index as Hugging Face's libraries write it.
    static func text(_ files: [(name: String, header: SafeTensorsHeader)]) -> [UInt8] {
        let total = files.reduce(0) { $0 + $1.header.dataByteCount }
        let lines = files.flatMap { file in file.header.entries.map { ($0.name, file.name) } }
            .sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }
            .map { Array("    ".utf8) + $0.0.quotedJSON + Array(": ".utf8) + $0.1.quotedJSON }
        return Array("{\n  \"metadata\": {\n    \"total_size\": \(total)\n  },\n  \"weight_map\": {\n".utf8)
            + Array(lines.joined(separator: ",\n".utf8)) + Array("\n  }\n}\n".utf8)
    }
}
