internal import ModelIO
public import Tensors

/// An open `.npz`: a zip archive of named `.npy` files, stored or deflated.
public final class NPZArchive: Sendable {
    static let suffix = ".npy"

    public let path: String
    /// Names of the arrays, without `.npy`, in the order of the archive.
    public let names: [String]
    private let file: ZipFile
    private let entries: [String: ZipEntry]
    private let maximumBytes: Int

    /// Opens an archive and checks all that it declares; no array is read.
    ///
    /// - Parameter maximumBytes: the most bytes that all members may declare, and that one array may have in memory;
    ///   nil is `max(1 GiB, 16 × file size)`.
    /// - Throws: `unknownFormat` where it is no zip archive, `refused` where a name is there twice or leads elsewhere,
    ///   or a member is a link or encrypted, `unsupported` where a member is no `.npy` or packed otherwise, `limit`
    ///   above the budget, else `malformed`.
    public init(path: String, maximumBytes: Int? = nil) throws(SparsifyError) {
        self.path = path
        file = try ZipFile(path: path)
        self.maximumBytes = ReadOptions(maximumDeclaredBytes: maximumBytes).declaredByteBudget(fileSize: file.size)
        let members = try file.entries()
        do throws(SparsifyError) {
            (names, entries) = try Self.arrays(members)
            try ZipEntry.check(members, maximumBytes: self.maximumBytes)
        } catch {
            throw error.located(file: path)
        }
    }

    /// Opens the array called `name`.
    ///
    /// - Throws: `usage` where there is none, else as `NumPyArray.init`.
    public func array(_ name: String) throws(SparsifyError) -> NumPyArray {
        guard let entry = entries[name] else {
            throw SparsifyError(.usage, "There is no array '\(printable(name))' in this archive.", file: path)
        }
        return try NumPyArray(source: ZipMember(entry, of: file, label: name), maximumBytes: maximumBytes)
    }

    private static func arrays(
        _ members: [ZipEntry]
    ) throws(SparsifyError) -> (names: [String], entries: [String: ZipEntry]) {
        var names: [String] = []
        var entries: [String: ZipEntry] = [:]
        for member in members {
            guard member.name.hasSuffix(suffix), member.name.utf8.count > suffix.utf8.count else {
                throw SparsifyError(
                    .unsupported, "The member '\(member.name)' is no .npy file; an .npz has no others.")
            }
            let name = String(member.name.dropLast(suffix.count))
            guard entries.updateValue(member, forKey: name) == nil else {
                throw SparsifyError(.refused, "The archive has two members named '\(member.name)'.")
            }
            names.append(name)
        }
        return (names, entries)
    }
}
