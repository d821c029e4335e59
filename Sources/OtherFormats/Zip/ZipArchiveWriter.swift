public import ModelIO
public import Tensors

/// A zip archive in the making. The same members give the same bytes: no times are kept.
public final class ZipArchiveWriter {
    private let sink: any OutputSink
    private var members: [ZipInput] = []
    private var names: Set<String> = []

    public init(to sink: any OutputSink) { self.sink = sink }

    /// Puts a member of these bytes into the list of those that `finish()` writes.
    ///
    /// - Throws: `usage` where the name was given before, `refused` where it could lead out of an archive.
    public func append(_ name: String, _ bytes: [UInt8]) throws(SparsifyError) {
        try add(name) { () throws(SparsifyError) in
            try ZipInput(name: name, head: bytes, width: 1, elementCount: 0, source: { _, _ in })
        }
    }

    /// Puts a member with the bytes of a file into the list, which are read by `finish()`.
    ///
    /// - Throws: as for bytes.
    public func append(_ name: String, _ file: InputFile) throws(SparsifyError) {
        try add(name) { () throws(SparsifyError) in
            try ZipInput(name: name, head: [], width: 1, elementCount: file.size) { range, destination in
                try file.read(at: range.lowerBound, into: destination)
            }
        }
    }

    private func add(_ name: String, _ make: () throws(SparsifyError) -> ZipInput) throws(SparsifyError) {
        try ZipEntry.check(name: name)
        guard names.insert(name).inserted else {
            throw SparsifyError(.usage, "The archive has a member '\(name)' already.")
        }
        members.append(try make())
    }

    /// Writes the members, not packed, and completes the file.
    ///
    /// - Throws: `io` where reading a member or writing fails.
    public func finish() throws {
        try ZipWriting.write(members, deflated: false, to: sink)
        try sink.commit()
    }
}
