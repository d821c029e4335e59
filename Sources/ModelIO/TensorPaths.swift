public import Tensors

/// Names of tensors as paths in a tree. Names are data: one that makes a path stays as it is, any other is written with
/// escapes and kept beside.
public enum TensorPaths {
    private static let maximumPathBytes = 4096

    /// The paths of tensors of these names, no two of them alike.
    ///
    /// - Throws: `limit` for a name that is too long for a path.
    public static func paths(_ names: [String]) throws(SparsifyError) -> [String] {
        // Names that Unicode holds for the same are one key here, and must not be one path.
        let spellings = names.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        var paths: [String] = []
        for name in names {
            let isPlain =
                isPath(name) && !ancestors(of: name).contains { spellings[$0] != nil }
                && (spellings[name] == 1 || name.utf8.allSatisfy { $0 < 0x80 })
            let path = isPlain ? name : escaped(name)
            guard path.utf8.count <= maximumPathBytes else {
                throw SparsifyError(
                    .limit, "A tensor's name has \(name.utf8.count) bytes; paths have \(maximumPathBytes) at most.",
                    tensor: String(name.prefix(60)))
            }
            paths.append(path)
        }
        return paths
    }

    /// The groups that a path lies in, outermost first.
    public static func ancestors(of path: String) -> [String] {
        path.utf8.indices.filter { path.utf8[$0] == UInt8(ascii: "/") }.map { String(path[..<$0]) }
    }

    /// A name with `%` is none, so that escapes are not taken for names.
    private static func isPath(_ name: String) -> Bool {
        let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return !name.utf8.contains { $0 == 0 || $0 == UInt8(ascii: "%") }
            && parts.allSatisfy { part in !["", ".", ".."].contains { $0.utf8.elementsEqual(part) } }
    }

    /// With `%2F` for a slash and so on; always with a `%`.
    private static func escaped(_ name: String) -> String {
        if name.isEmpty { return "%" }
        let isDots = name.utf8.allSatisfy { $0 == UInt8(ascii: ".") }
        return name.utf8.reduce(into: "") { result, byte in
            let isPlain = (0x20..<0x7f).contains(byte) && !"/%".utf8.contains(byte) && !isDots
            let digits = String(byte, radix: 16, uppercase: true)
            result += isPlain ? String(Unicode.Scalar(byte)) : byte < 0x10 ? "%0\(digits)" : "%\(digits)"
        }
    }
}
