internal import ModelIO
internal import Tensors

/// The files of a model, with their headers: one, or the shards that an index names.
struct SafeTensorsParts {
    struct File {
        /// The name that the index has for it; empty where there is no index.
        var name: String
        var input: InputFile
        var header: SafeTensorsHeader
        /// The header as it stands.
        var text: [UInt8]

        init(name: String, input: InputFile) throws(SparsifyError) {
            self.name = name
            self.input = input
            do throws(SparsifyError) {
                (header, text) = try SafeTensorsHeader.read(input)
            } catch {
                throw error.located(file: input.path)
            }
        }
    }

    var files: [File]
    /// The text of the index.
    var index: [UInt8]?

    init(path: String, options: ReadOptions) throws(SparsifyError) {
        let input = try InputFile(path: path)
        guard SafeTensorsPlan.isSharded(path) else {
            files = [try File(name: "", input: input)]
            return
        }
        guard input.size <= SafeTensorsIndex.maximumByteCount else {
            throw SparsifyError(
                .limit,
                "The index has \(input.size) bytes, more than the limit of \(SafeTensorsIndex.maximumByteCount).")
        }
        let text = try input.bytes(at: 0, count: input.size)
        let index = try SafeTensorsIndex(parsing: text)
        files = []
        for name in index.files {
            let shard = try SiblingFile.open(name, beside: path, followsLinks: options.followsLinks)
            files.append(try File(name: name, input: shard))
        }
        self.index = text
        try check(index)
    }

    /// Each tensor lies in the shard that the index has for it, and in no other.
    private func check(_ index: SafeTensorsIndex) throws(SparsifyError) {
        var found = 0
        for file in files {
            for entry in file.header.entries {
                guard index.shards[Array(entry.name.utf8)] == file.name else {
                    throw SparsifyError(
                        .malformed, "The shard holds this tensor, but the index does not say so.",
                        file: file.input.path,
                        tensor: entry.name)
                }
                found += 1
            }
        }
        guard found == index.shards.count else {
            let held = Set(files.flatMap { $0.header.entries.map { Array($0.name.utf8) } })
            let missing = index.shards.keys.filter { !held.contains($0) }.min { $0.lexicographicallyPrecedes($1) }
            throw SparsifyError(
                .malformed, "The index names this tensor, but its shard does not hold it.",
                tensor: missing.map { String(decoding: $0, as: UTF8.self) })
        }
    }

    /// Bytes of all files.
    var byteCount: Int { files.reduce(index?.count ?? 0) { $0 + $1.input.size } }
}
