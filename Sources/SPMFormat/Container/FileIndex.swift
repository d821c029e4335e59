internal import ModelIO
internal import SparseCoding
internal import Tensors

/// The index of a `.spm` file: sections, each with a tag, so that later versions can add some.
struct FileIndex {
    var metadata: [String: String] = [:]
    var tensors: [TensorRecord] = []
    var tree = FileTree()

    private enum Tag {
        static let metadata = "META"
        static let tensors = "TENS"
        static let tree = "TREE"
    }

    /// Flag of a section that a reader which does not know it must not skip.
    private static let essential: UInt8 = 1

    // MARK: Writing

    var encoded: [UInt8] {
        var writer = ByteWriter()
        section(Tag.metadata, flags: 0, to: &writer) { body in
            body.varint(metadata.count)
            for (key, value) in metadata.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                body.string(key)
                body.string(value)
            }
        }
        section(Tag.tensors, flags: Self.essential, to: &writer) { body in
            body.varint(tensors.count)
            for tensor in tensors { tensor.encode(to: &body) }
        }
        section(Tag.tree, flags: Self.essential, to: &writer) { body in
            TreeCoder.encode(tree, to: &body)
        }
        return writer.bytes
    }

    private func section(
        _ tag: String, flags: UInt8, to writer: inout ByteWriter, _ content: (inout ByteWriter) -> Void
    ) {
        var body = ByteWriter()
        content(&body)
        writer.raw(tag.utf8)
        writer.integer(flags)
        writer.block(body.bytes)
    }

    // MARK: Reading

    init(metadata: [String: String], tensors: [TensorRecord], tree: FileTree) {
        self.metadata = metadata
        self.tensors = tensors
        self.tree = tree
    }

    /// - Throws: `malformed` where the bytes break the specification.
    init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        var seen: Set<String> = []
        while !reader.isAtEnd {
            let tagBytes = try reader.raw(4, "section tag")
            guard tagBytes.allSatisfy({ (0x41...0x5a).contains($0) }) else {
                throw reader.failure("A section of the index has a tag that is not four capital letters.")
            }
            let tag = String(decoding: tagBytes, as: UTF8.self)
            let flags: UInt8 = try reader.integer("section flags")
            guard flags & ~Self.essential == 0 else {
                throw reader.failure("The section \(tag) of the index has unknown flags.")
            }
            let body = try reader.block("section \(tag)")
            guard seen.insert(tag).inserted else { throw reader.failure("The index has two sections \(tag).") }
            var section = ByteReader(body, fileOffset: reader.position - body.count)
            try readSection(tag, &section, isEssential: flags & Self.essential != 0)
        }
        for tag in [Tag.tensors, Tag.tree] where !seen.contains(tag) {
            throw SparsifyError(.malformed, "The index lacks its section \(tag).")
        }
        try Self.validate(tree, tensors.map(\.info))
    }

    private mutating func readSection(_ tag: String, _ reader: inout ByteReader, isEssential: Bool) throws {
        switch tag {
        case Tag.metadata: metadata = try Self.readMetadata(&reader)
        case Tag.tensors: tensors = try Self.readTensors(&reader)
        case Tag.tree: tree = try TreeCoder.decode(&reader)
        default:
            guard !isEssential else {
                throw SparsifyError(
                    .unsupported, "The index has an essential section \(tag) that is not known here.",
                    remedy: "Update sparsify.")
            }
            return
        }
        guard reader.isAtEnd else { throw reader.failure("Bytes follow the contents of the section \(tag).") }
    }

    private static func readMetadata(_ reader: inout ByteReader) throws -> [String: String] {
        var result: [String: String] = [:]
        var last: String?
        for _ in 0..<(try reader.count("count of metadata", minimumBytes: 2)) {
            let key = try reader.string("metadata key")
            guard last.map({ $0.utf8.lexicographicallyPrecedes(key.utf8) }) ?? true,
                result.updateValue(try reader.string("metadata value"), forKey: key) == nil
            else { throw reader.failure("The metadata key '\(key)' is out of order or there twice.") }
            last = key
        }
        return result
    }

    private static func readTensors(_ reader: inout ByteReader) throws -> [TensorRecord] {
        let count = try reader.count("count of tensors", minimumBytes: 4, limit: SPMLimits.maximumTensors)
        var records: [TensorRecord] = []
        var offset = Preamble.byteCount
        var chunks = 0
        for _ in 0..<count {
            let record = try TensorRecord(&reader, offset: &offset, chunksLeft: SPMLimits.maximumChunks - chunks)
            chunks += record.chunks.count
            records.append(record)
        }
        return records
    }

    /// Names are unique, and tensors and tree speak of the same ones, each declared as what it is.
    ///
    /// Names that Unicode holds for the same, however they are spelled, are the same here: what later asks for a
    /// tensor by name must not get another.
    static func validate(_ tree: FileTree, _ tensors: [TensorInfo]) throws {
        var named: [String: TensorInfo] = [:]
        for tensor in tensors {
            guard named.updateValue(tensor, forKey: tensor.name) == nil else {
                throw SparsifyError(.malformed, "Two tensors have this name.", tensor: tensor.name)
            }
        }
        for entry in tree.entries {
            guard case .tensor(let properties) = entry.kind else { continue }
            guard let tensor = named.removeValue(forKey: entry.path), tensor.name.utf8.elementsEqual(entry.path.utf8)
            else {
                throw SparsifyError(
                    .malformed, "The tree names this tensor, but the file has no such one.", tensor: entry.path)
            }
            guard properties.type.fixedSize == tensor.elementType.byteWidth else {
                throw SparsifyError(
                    .malformed, "The tree declares another size for the elements of this tensor.", tensor: entry.path)
            }
            guard DatasetCoder.fits(properties, tensor.shape.dimensions) else {
                throw SparsifyError(
                    .malformed, "The tree declares chunks or bounds that do not fit this tensor.", tensor: entry.path)
            }
        }
        if let orphan = named.keys.min() {
            throw SparsifyError(.malformed, "The tree of the file does not name this tensor.", tensor: orphan)
        }
    }

    /// Whether a reader would take a file of this tree and these tensors: by its own rules, before any work is done.
    static func checkWritable(_ tree: FileTree, _ tensors: [TensorInfo]) throws {
        do {
            var writer = ByteWriter()
            TreeCoder.encode(tree, to: &writer)
            var reader = ByteReader(writer.bytes)
            _ = try TreeCoder.decode(&reader)
            for tensor in tensors {
                try TensorRecord.checkSize(tensor.shape.dimensions, tensor.elementType, tensor.name)
            }
            try validate(tree, tensors)
        } catch var error as SparsifyError {
            error.code = .unsupported
            error.message = "A .spm file cannot hold this model. " + error.message
            error.offset = nil
            throw error
        }
    }
}
