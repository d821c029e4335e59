internal import CZip
internal import ModelIO
internal import Tensors

/// Writes an archive of given members to a sink. The same members give the same bytes: times are those that Python's
/// zipfile gives where it knows none, 1980-01-01, and the permissions its own.
enum ZipWriting {
    /// The level of `numpy.savez_compressed`.
    private static let level: UInt32 = 6
    private static let firstDay: UInt16 = 0x21
    private static let ownerMayReadAndWrite: UInt32 = 0o600 << 16
    /// The end of a directory of no entries, which libzip would not write.
    private static let emptyArchive: [UInt8] = [0x50, 0x4b, 5, 6] + [UInt8](repeating: 0, count: 18)

    /// - Throws: what a member's source or the sink throws, `io` where libzip fails.
    static func write(_ members: [ZipInput], deflated: Bool, to sink: any OutputSink) throws {
        guard !members.isEmpty else { return try sink.write(emptyArchive) }
        let output = ZipOutput(sink)
        try withExtendedLifetime((output, members)) {
            var error = zip_error_t()
            zip_error_init(&error)
            defer { zip_error_fini(&error) }
            guard let source = zip_source_function_create(ZipOutput.callback, output.userData, &error) else {
                throw failure(String(cString: zip_error_strerror(&error)))
            }
            guard let archive = zip_open_from_source(source, ZIP_CREATE | ZIP_TRUNCATE, &error) else {
                zip_source_free(source)
                throw failure(String(cString: zip_error_strerror(&error)))
            }
            do {
                for member in members { try add(member, deflated: deflated, to: archive) }
                guard zip_close(archive) == 0 else { throw failure(String(cString: zip_strerror(archive))) }
            } catch {
                zip_discard(archive)
                throw output.failure ?? members.lazy.compactMap(\.failure).first ?? error
            }
        }
    }

    private static func add(_ member: ZipInput, deflated: Bool, to archive: OpaquePointer) throws {
        guard let source = zip_source_function(archive, ZipInput.callback, member.userData) else {
            throw failure(String(cString: zip_strerror(archive)))
        }
        let index = zip_file_add(archive, member.name, source, zip_flags_t(ZIP_FL_ENC_UTF_8))
        guard index >= 0 else {
            zip_source_free(source)
            throw failure(String(cString: zip_strerror(archive)))
        }
        let method = deflated ? ZIP_CM_DEFLATE : ZIP_CM_STORE
        guard zip_set_file_compression(archive, UInt64(index), method, level) == 0,
            zip_file_set_dostime(archive, UInt64(index), 0, firstDay, 0) == 0,
            zip_file_set_external_attributes(
                archive, UInt64(index), 0, UInt8(ZIP_OPSYS_UNIX), ownerMayReadAndWrite) == 0
        else { throw failure(String(cString: zip_strerror(archive))) }
    }

    private static func failure(_ reason: String) -> SparsifyError {
        SparsifyError(.io, "The archive cannot be written: \(reason).")
    }
}
