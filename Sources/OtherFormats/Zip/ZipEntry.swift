internal import CZip
internal import Tensors

/// One file in an archive, as the archive declares it.
struct ZipEntry: Sendable {
    let index: UInt64
    let name: String
    /// Bytes when unpacked.
    let size: Int
    let isStored: Bool

    /// - Throws: `refused` for names that lead elsewhere, links and encrypted files, `unsupported` for methods other
    ///   than stored and deflated, `malformed` where the sizes make no sense.
    init(index: UInt64, of archive: OpaquePointer) throws(SparsifyError) {
        var status = zip_stat_t()
        zip_stat_init(&status)
        let wanted = UInt64(
            ZIP_STAT_NAME | ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD)
        guard zip_stat_index(archive, index, 0, &status) == 0, status.valid & wanted == wanted, let cName = status.name
        else {
            throw SparsifyError(
                .malformed, "Entry \(index) of the archive cannot be read: \(String(cString: zip_strerror(archive))).")
        }
        let name = String(cString: cName)
        try Self.check(name: name)
        guard !Self.isSpecial(index, of: archive) else {
            throw SparsifyError(.refused, "The member '\(name)' is a link or a device, not a file.")
        }
        guard status.encryption_method == UInt16(ZIP_EM_NONE) else {
            throw SparsifyError(.refused, "The member '\(name)' is encrypted.")
        }
        let method = Int32(status.comp_method)
        guard method == ZIP_CM_STORE || method == ZIP_CM_DEFLATE else {
            throw SparsifyError(
                .unsupported, "The member '\(name)' is packed by method \(method); stored and deflated are read.")
        }
        self.index = index
        self.name = name
        size = try Checked.int(status.size, "size of the member '\(name)'")
        isStored = method == ZIP_CM_STORE
        guard !isStored || status.comp_size == status.size else {
            throw SparsifyError(
                .malformed,
                "The member '\(name)' is stored in \(status.comp_size) bytes, but declares \(status.size).")
        }
    }

    /// - Throws: `refused` where a name is empty, absolute, climbs, or means different files on different systems.
    static func check(name: String) throws(SparsifyError) {
        // Bytes, since a combining mark makes another character of a slash.
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let isPlain = parts.allSatisfy { part in
            !["", ".", ".."].contains { $0.utf8.elementsEqual(part) }
                && !part.contains { $0 == UInt8(ascii: "\\") || $0 == 0 }
        }
        guard isPlain, parts[0].dropFirst().first != UInt8(ascii: ":") else {
            throw SparsifyError(.refused, "A member is named '\(name)', which is no plain path inside an archive.")
        }
    }

    /// Whether the permissions, where there are any, are of anything but a file.
    private static func isSpecial(_ index: UInt64, of archive: OpaquePointer) -> Bool {
        var attributes: UInt32 = 0
        zip_file_get_external_attributes(archive, index, 0, nil, &attributes)
        let kind = attributes >> 16 & 0o170000
        return kind != 0 && kind != 0o100000
    }

    /// - Throws: `limit` where members declare more bytes in all.
    static func check(_ members: [Self], maximumBytes: Int) throws(SparsifyError) {
        var total = 0
        for member in members {
            total = try Checked.add(total, member.size, "sum of the members' sizes")
            guard total <= maximumBytes else {
                throw SparsifyError(
                    .limit,
                    """
                    The members up to '\(member.name)' declare \(total) bytes, more than the budget of \
                    \(maximumBytes).
                    """,
                    remedy: "Raise the budget if you trust the file.")
            }
        }
    }
}
