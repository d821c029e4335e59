internal import ModelIO
internal import Tensors

/// What the file or the shards of a model say, and where each tensor goes.
struct SafeTensorsPlan {
    struct File {
        var name: String
        var header: SafeTensorsHeader
        /// The header as it is written.
        var text: [UInt8]
    }

    var files: [File]
    /// The text of the index, where there are shards.
    var index: [UInt8]?
    /// For each tensor of the list: its file, and where in it the tensor begins.
    var places: [(file: Int, offset: Int)]

    /// A model that came in one piece is cut into shards of so many bytes of data at most.
    private static let shardByteCount = 5_000_000_000

    static func isSharded(_ path: String) -> Bool { path.lowercased().hasSuffix(SafeTensorsIndex.suffix) }

    /// - Throws: `unsupported` where the format has no place for a tensor, `malformed` where two have one name.
    init(path: String, tree: FileTree, tensors: [TensorInfo]) throws(SparsifyError) {
        var entries: [SafeTensorsHeader.Entry] = []
        let declared = Dictionary(tree.entries.map { ($0.path, $0) }) { first, _ in first }
        for tensor in tensors {
            guard let entry = declared[tensor.name] else {
                throw SparsifyError(
                    .malformed, "The tree of objects has no place for this tensor.", tensor: tensor.name)
            }
            entries.append(try SafeTensorsAttributes.entry(tensor, entry))
        }
        var owners: [[UInt8]: Int] = [:]
        for (index, entry) in entries.enumerated()
        where owners.updateValue(index, forKey: Array(entry.name.utf8)) != nil {
            throw SparsifyError(.malformed, "Two tensors have the name '\(entry.name)'.", tensor: tensors[index].name)
        }
        let root = tree.entries.first
        let texts = (root?.attributes ?? []).filter(SafeTensorsAttributes.isMetadata)
        let metadata = texts.isEmpty ? nil : texts.map { ($0.name, $0.text ?? "") }
        func text(_ name: String) -> [UInt8]? { root?.attribute(name)?.text.map { Array($0.utf8) } }

        files = []
        if Self.isSharded(path) {
            let kept = text(SafeTensorsAttributes.index)
            let shards = kept.flatMap { Self.shards($0, entries) }
            for (name, part) in shards ?? Self.split(entries, path: path) {
                files.append(try Self.file(name, metadata, part, kept: text(SafeTensorsAttributes.header(name))))
            }
            index = shards == nil ? SafeTensorsIndex.text(files.map { ($0.name, $0.header) }) : kept
        } else {
            files = [try Self.file("", metadata, entries, kept: text(SafeTensorsAttributes.header(nil)))]
        }
        places = tensors.map { _ in (0, 0) }
        for (number, file) in files.enumerated() {
            let start = SafeTensorsHeader.lengthByteCount + file.text.count
            for entry in file.header.entries {
                places[owners[Array(entry.name.utf8)]!] = (number, start + entry.range.lowerBound)
            }
        }
    }

    /// - Parameter kept: the header that the file had where it came from; used where it still says the same.
    private static func file(
        _ name: String, _ metadata: [(key: String, value: String)]?, _ entries: [SafeTensorsHeader.Entry],
        kept: [UInt8]?
    ) throws(SparsifyError) -> File {
        let header = try SafeTensorsHeader(metadata: metadata, arranging: entries)
        guard let kept, let old = try? SafeTensorsHeader(parsing: kept, dataByteCount: header.dataByteCount),
            Set(old.entries.map(\.declaration)) == Set(entries.map(\.declaration))
        else { return File(name: name, header: header, text: header.text) }
        return File(name: name, header: old, text: kept)
    }

    /// The tensors of each file as an index has them; nil where it is of other tensors.
    private static func shards(
        _ text: [UInt8], _ entries: [SafeTensorsHeader.Entry]
    ) -> [(name: String, entries: [SafeTensorsHeader.Entry])]? {
        guard let index = try? SafeTensorsIndex(parsing: text), index.shards.count == entries.count else { return nil }
        var parts: [String: [SafeTensorsHeader.Entry]] = [:]
        for entry in entries {
            guard let file = index.shards[Array(entry.name.utf8)] else { return nil }
            parts[file, default: []].append(entry)
        }
        return index.files.map { ($0, parts[$0] ?? []) }
    }

    /// As many tensors in a file as are not too large together; files are named as Hugging Face's libraries name them.
    private static func split(
        _ entries: [SafeTensorsHeader.Entry], path: String
    ) -> [(name: String, entries: [SafeTensorsHeader.Entry])] {
        var parts: [[SafeTensorsHeader.Entry]] = [[]]
        var size = 0
        for entry in entries {
            if size > 0, entry.range.count > shardByteCount - min(size, shardByteCount) {
                parts.append([])
                size = 0
            }
            parts[parts.count - 1].append(entry)
            size += entry.range.count
        }
        var stem = path.split(separator: "/").last.map(String.init) ?? ""
        stem.removeLast(SafeTensorsIndex.suffix.count)
        if stem.lowercased().hasSuffix(".safetensors") { stem.removeLast(".safetensors".count) }
        func digits(_ number: Int) -> String { String(String(100_000 + number).suffix(5)) }
        return parts.enumerated().map { ("\(stem)-\(digits($0 + 1))-of-\(digits(parts.count)).safetensors", $1) }
    }
}

extension SafeTensorsHeader.Entry {
    /// The entry wherever its data are.
    fileprivate var declaration: Self {
        var copy = self
        copy.range = 0..<range.count
        return copy
    }
}
