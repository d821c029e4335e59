internal import CZip
internal import ModelIO
internal import Synchronization
internal import Tensors

/// A zip archive open for reading through libzip, which works for one thread at a time.
///
/// `@unchecked Sendable`: the handle is used inside `locked` only.
final class ZipFile: @unchecked Sendable {
    let path: String
    let size: Int
    private let archive: OpaquePointer
    private let lock = Mutex(())

    /// - Throws: `unknownFormat` where the file is no zip archive, `refused` where it has two members of one name,
    ///   `malformed` where libzip finds it inconsistent.
    init(path: String) throws(SparsifyError) {
        let file = try InputFile(path: path)
        let head = try file.head(4)
        guard head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6]) else {
            throw SparsifyError(.unknownFormat, "This is not a zip archive.", file: path)
        }
        var code: Int32 = 0
        guard let archive = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &code) else {
            guard code != ZIP_ER_EXISTS else {
                throw SparsifyError(.refused, "The archive has two members of the same name.", file: path)
            }
            throw SparsifyError(
                code == ZIP_ER_OPEN ? .io : .malformed, "The zip archive cannot be opened: \(Self.message(code)).",
                file: path, remedy: "It is truncated or damaged.")
        }
        self.path = path
        self.archive = archive
        size = file.size
    }

    deinit { zip_discard(archive) }

    func locked<Result: Sendable>(
        _ body: (OpaquePointer) throws(SparsifyError) -> Result
    ) throws(SparsifyError) -> Result {
        try lock.withLock { _ throws(SparsifyError) in try body(archive) }
    }

    /// What stands in the archive's directory, in its order.
    func entries() throws(SparsifyError) -> [ZipEntry] {
        try locked { archive throws(SparsifyError) in
            var entries: [ZipEntry] = []
            do throws(SparsifyError) {
                for index in 0..<max(0, zip_get_num_entries(archive, 0)) {
                    entries.append(try ZipEntry(index: UInt64(index), of: archive))
                }
            } catch {
                throw error.located(file: path)
            }
            return entries
        }
    }

    private static func message(_ code: Int32) -> String {
        var error = zip_error_t()
        zip_error_init_with_code(&error, code)
        defer { zip_error_fini(&error) }
        return String(cString: zip_error_strerror(&error))
    }
}
