public import ModelIO
public import Tensors

/// An open zip archive of plain files, stored or deflated.
public final class ZipArchive: Sendable {
    public let path: String
    /// Bytes of the archive.
    public var fileSize: Int { file.size }
    /// Names and unpacked sizes of the members, in the order of the archive.
    public let members: [(name: String, size: Int)]
    private let file: ZipFile
    private let entries: [String: ZipEntry]

    private static let tileByteCount = 1 << 20

    /// Opens an archive and checks all that it declares; nothing is unpacked.
    ///
    /// - Parameter maximumBytes: the most bytes that all members may declare; nil is `max(1 GiB, 16 × file size)`.
    /// - Throws: `unknownFormat` where it is no zip archive, `refused` where a name is there twice or leads elsewhere, or
    ///   a member is a link or encrypted, `unsupported` where one is packed otherwise, `limit` above the budget, else
    ///   `malformed`.
    public init(path: String, maximumBytes: Int? = nil) throws(SparsifyError) {
        self.path = path
        file = try ZipFile(path: path)
        let budget = ReadOptions(maximumDeclaredBytes: maximumBytes).declaredByteBudget(fileSize: file.size)
        let found = try file.entries()
        var entries: [String: ZipEntry] = [:]
        do throws(SparsifyError) {
            try ZipEntry.check(found, maximumBytes: budget)
            for entry in found where entries.updateValue(entry, forKey: entry.name) != nil {
                throw SparsifyError(.refused, "The archive has two members named '\(entry.name)'.")
            }
        } catch {
            throw error.located(file: path)
        }
        self.entries = entries
        members = found.map { ($0.name, $0.size) }
    }

    /// The unpacked bytes of a member; nil where there is none of this name.
    ///
    /// - Throws: `limit` where it has more than `maximumBytes`, `malformed` where it cannot be unpacked.
    public func contents(_ name: String, maximumBytes: Int) throws(SparsifyError) -> [UInt8]? {
        guard let entry = entries[name] else { return nil }
        guard entry.size <= maximumBytes else {
            throw SparsifyError(
                .limit, "The member '\(name)' declares \(entry.size) bytes, more than the limit of \(maximumBytes).",
                file: path)
        }
        let collected = CollectingSink(path: path)
        try unpack(entry, to: collected)
        return collected.bytes
    }

    /// Unpacks a member, piece by piece.
    ///
    /// - Throws: `malformed` where there is no such member or it cannot be unpacked, what the sink throws.
    public func extract(_ name: String, to sink: any OutputSink) throws(SparsifyError) {
        guard let entry = entries[name] else {
            throw SparsifyError(.malformed, "The archive has no member '\(name)'.", file: path)
        }
        try unpack(entry, to: sink)
    }

    private func unpack(_ entry: ZipEntry, to sink: any OutputSink) throws(SparsifyError) {
        let member = ZipMember(entry, of: file, label: entry.name)
        let buffer = RawBuffer(byteCount: min(entry.size, Self.tileByteCount))
        var offset = 0
        // Once more at the end, so that the checksum of a member without bytes is checked as well.
        repeat {
            let count = min(entry.size - offset, Self.tileByteCount)
            let tile = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
            do throws(SparsifyError) {
                try member.read(at: offset, into: tile)
            } catch {
                throw error.located(file: path)
            }
            try sink.write(UnsafeRawBufferPointer(tile))
            offset += count
        } while offset < entry.size
    }
}

/// Keeps what is written.
private final class CollectingSink: OutputSink {
    let path: String
    private(set) var bytes: [UInt8] = []

    init(path: String) { self.path = path }

    func write(_ bytes: UnsafeRawBufferPointer) { self.bytes.append(contentsOf: bytes) }
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {
        self.bytes.replaceSubrange(offset..<offset + bytes.count, with: bytes)
    }
    func commit() {}
}
