public import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Files that belong to a model file and lie in the same folder.
public enum SiblingFile {
    /// The path of the file called `name` beside the one at `path`.
    public static func path(_ name: String, beside path: String) -> String { AtomicFile.folder(of: path) + name }

    /// Whether a name that comes from a file is that of a plain file in the same folder, on every system.
    public static func isPlain(_ name: String) -> Bool {
        !["", ".", ".."].contains { $0.utf8.elementsEqual(name.utf8) }
            && !name.utf8.contains { [0, UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: ":")].contains($0) }
    }

    /// Opens the file called `name` beside the one at `path`.
    ///
    /// - Parameter followsLinks: whether it may be a symbolic link.
    /// - Throws: `refused` where the name leads elsewhere or the file is a link, `io` where there is no such file.
    public static func open(_ name: String, beside path: String, followsLinks: Bool) throws(SparsifyError) -> InputFile
    {
        guard isPlain(name) else {
            throw SparsifyError(
                .refused, "The file names '\(name)', which is no plain file in its own folder.", file: path,
                remedy: "No tool writes such names; do not trust this file.")
        }
        let target = Self.path(name, beside: path)
        var status = stat()
        if !followsLinks, lstat(target, &status) == 0, status.st_mode & S_IFMT == S_IFLNK {
            throw SparsifyError(
                .refused, "This file belongs to a model, but is a symbolic link, which could lead to any file.",
                file: target, remedy: "Use --follow-links if you trust the folder.")
        }
        return try InputFile(path: target)
    }
}
