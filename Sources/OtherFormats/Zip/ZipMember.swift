internal import CZip
internal import Tensors

/// The unpacked bytes of one file in an archive. When the last of them is read, the checksum is checked, and that
/// there are no more.
///
/// Deflated bytes come in ascending order only. A step back begins again where that is cheap; else the member is kept
/// in memory from then on, within what its archive may declare.
///
/// `@unchecked Sendable`: what changes is used under the lock of the archive.
final class ZipMember: ByteSource, @unchecked Sendable {
    private static let cheapRestart = 1 << 20

    private let file: ZipFile
    private let entry: ZipEntry
    private let label: String
    private var stream: OpaquePointer?
    private var position = 0
    private var whole: RawBuffer?

    var size: Int { entry.size }

    /// - Parameter label: what messages call it.
    init(_ entry: ZipEntry, of file: ZipFile, label: String) {
        self.entry = entry
        self.file = file
        self.label = label
    }

    deinit {
        // The archive may be in use for another member.
        try? file.locked { _ in close() }
    }

    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        guard offset >= 0, buffer.count <= size, offset <= size - buffer.count else {
            throw SparsifyError(
                .malformed, "\(buffer.count) bytes are wanted, but the member has \(size) in all.", offset: offset)
        }
        try file.locked { archive throws(SparsifyError) in
            if stream != nil, offset < position, !entry.isStored, position > Self.cheapRestart {
                try keepWhole(archive)
            }
            if let whole {
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: whole.bytes[offset..<offset + buffer.count]))
                return
            }
            try move(to: offset, archive)
            try fill(buffer)
            if position == size { try finish() }
        }
    }

    private func keepWhole(_ archive: OpaquePointer) throws(SparsifyError) {
        close()
        let buffer = RawBuffer(byteCount: size)
        try move(to: 0, archive)
        try fill(UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<size]))
        try finish()
        whole = buffer
    }

    private func move(to offset: Int, _ archive: OpaquePointer) throws(SparsifyError) {
        if offset < position, !entry.isStored { close() }
        if stream == nil {
            guard let opened = zip_fopen_index(archive, entry.index, 0) else {
                throw failure(String(cString: zip_strerror(archive)))
            }
            stream = opened
        }
        if offset != position, entry.isStored {
            guard zip_fseek(stream!, Int64(offset), 0) == 0 else { throw streamFailure() }
            position = offset
        }
        guard position < offset else { return }
        let skipped = RawBuffer(byteCount: min(offset - position, 1 << 16))
        while position < offset {
            let count = min(offset - position, skipped.bytes.count)
            try fill(UnsafeMutableRawBufferPointer(rebasing: skipped.bytes[..<count]))
        }
    }

    private func fill(_ buffer: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        var done = 0
        while done < buffer.count {
            let count = zip_fread(stream!, buffer.baseAddress! + done, UInt64(buffer.count - done))
            guard count >= 0 else { throw streamFailure() }
            guard count > 0 else { throw failure("it ends before its declared \(size) bytes") }
            done += Int(count)
            position += Int(count)
        }
    }

    /// libzip compares the checksum when it meets the end.
    private func finish() throws(SparsifyError) {
        var extra: UInt8 = 0
        let count = zip_fread(stream!, &extra, 1)
        guard count >= 0 else { throw streamFailure() }
        guard count == 0 else { throw failure("it holds more than its declared \(size) bytes") }
        close()
    }

    private func close() {
        if let stream { zip_fclose(stream) }
        stream = nil
        position = 0
    }

    private func streamFailure() -> SparsifyError { failure(String(cString: zip_file_strerror(stream!))) }

    private func failure(_ reason: String) -> SparsifyError {
        SparsifyError(
            .malformed, "The member '\(entry.name)' cannot be unpacked: \(reason).",
            remedy: "The archive is truncated or damaged.")
    }

    /// Offsets are of the member's bytes, not of the file's, and are told as such.
    func located(_ error: SparsifyError) -> SparsifyError {
        var located = error.located(file: file.path, tensor: label)
        if let offset = error.offset, error.file == nil {
            located.offset = nil
            located.message = "At byte \(offset) of the member: \(error.message)"
        }
        return located
    }
}
