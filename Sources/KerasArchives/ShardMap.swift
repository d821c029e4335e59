internal import ModelIO
internal import OtherFormats
internal import Tensors

/// What a `.weights.json` says: the files that the variables of each group lie in.
struct ShardMap {
    private static let maximumByteCount = 64 << 20

    /// By the path of a group, without the leading slash.
    private(set) var files: [String: [String]] = [:]

    /// The names of all files, each once, in order.
    var fileNames: [String] { Set(files.values.joined()).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }

    /// - Throws: `malformed` where this is no such index, `refused` where it names files elsewhere or of another kind,
    ///   `limit` where it is too large.
    init(_ file: InputFile) throws(SparsifyError) {
        guard file.size <= Self.maximumByteCount else {
            throw SparsifyError(
                .limit, "The index has \(file.size) bytes, more than the limit of \(Self.maximumByteCount).")
        }
        var cursor = try JSONCursor(try file.bytes(at: 0, count: file.size))
        var files: [String: [String]] = [:]
        try cursor.object("the index") { (cursor, key) throws(SparsifyError) in
            guard key == "weight_map" else { return try cursor.skip() }
            try cursor.object("weight_map") { (cursor, group) throws(SparsifyError) in
                let path = group.hasPrefix("/") ? String(group.dropFirst()) : group
                guard files.updateValue(try Self.names(&cursor, of: group), forKey: path) == nil else {
                    throw cursor.failure("The group '\(group)' is there twice in weight_map.")
                }
            }
        }
        try cursor.finish()
        guard !files.isEmpty else {
            throw SparsifyError(.malformed, "The index has no weight_map, or an empty one.")
        }
        self.files = files
    }

    /// A name, or a list of them.
    private static func names(_ cursor: inout JSONCursor, of group: String) throws(SparsifyError) -> [String] {
        guard cursor.isAtArray() else { return [try name(&cursor, of: group)] }
        var result: [String] = []
        try cursor.array("the files of '\(group)'") { (cursor) throws(SparsifyError) in
            result.append(try name(&cursor, of: group))
        }
        return result
    }

    private static func name(_ cursor: inout JSONCursor, of group: String) throws(SparsifyError) -> String {
        let name = try cursor.string("file of '\(group)'")
        guard SiblingFile.isPlain(name), name.hasSuffix(".h5") else {
            throw SparsifyError(
                .refused, "The index names the file '\(name)'; only .h5 files in its own folder are read.")
        }
        return name
    }

    // MARK: Writing

    /// The index as Keras writes it.
    ///
    /// - Parameter groups: with the name of the file that each lies in.
    static func text(_ groups: [(path: String, file: String)], totalBytes: Int) -> [UInt8] {
        var text = Array(
            "{\n    \"metadata\": {\n        \"total_size\": \(totalBytes)\n    },\n    \"weight_map\": {".utf8)
        for (index, group) in groups.enumerated() {
            text += Array((index == 0 ? "\n        " : ",\n        ").utf8) + "/\(group.path)".quotedJSON
            text += Array(": [\n            ".utf8) + group.file.quotedJSON + Array("\n        ]".utf8)
        }
        return text + Array("\n    }\n}".utf8)
    }
}
