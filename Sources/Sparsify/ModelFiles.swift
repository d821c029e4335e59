public import ModelIO
internal import Tensors

/// Opens and makes model files of any format in the catalog.
public enum ModelFiles {
    /// A reader for the file at `path`, whose format its first bytes tell.
    ///
    /// - Throws: `unknownFormat` where no format recognises it, and what its reader throws.
    public static func open(_ path: String, options: ReadOptions = ReadOptions()) throws -> any ModelReader {
        try located(path) {
            let head = try InputFile(path: path).head()
            guard let format = Catalog.formats.first(where: { $0.recognizes(head: head, path: path) }) else {
                throw SparsifyError(
                    .unknownFormat,
                    ForeignFile.name(head).map { "This is \($0), which is not read." }
                        ?? (head.isEmpty ? "The file is empty." : "This is no model file that is read here."),
                    remedy: "Formats read: \(names).")
            }
            return try format.makeReader(path: path, options: options)
        }
    }

    /// The format that the ending of `path` asks for.
    ///
    /// - Throws: `usage` where the ending means no format.
    public static func format(forWriting path: String) throws -> any ModelFormat {
        let name = path.split(separator: "/").last.map(String.init)?.lowercased() ?? ""
        // The longest ending that fits: `.bsp.h5` is no `.h5`.
        let endings = Catalog.formats.map { format in
            (format, format.extensions.filter { name.hasSuffix(".\($0)") }.map(\.utf8.count).max() ?? 0)
        }
        let found = endings.max { $0.1 < $1.1 }
        guard let (format, length) = found, length > 0, format.isWritten else {
            let isRead = (found?.1 ?? 0) > 0
            throw SparsifyError(
                .usage,
                isRead
                    ? "Files of the format '\(found!.0.id)' are read, and not written."
                    : "The ending of the output's name says no format that is written here.", file: path,
                remedy: "Use one of: "
                    + Catalog.formats.filter(\.isWritten).flatMap(\.extensions).map { ".\($0)" }.joined(separator: ", ")
                    + ".")
        }
        return format
    }

    /// - Returns: `storesSparse`.
    /// - Throws: `usage` where it is asked of a format that has no such choice.
    static func check(_ storesSparse: Bool, _ format: any ModelFormat, _ path: String) throws -> Bool {
        guard !storesSparse || format.hasSparseTensors else {
            throw SparsifyError(
                .usage, "The format '\(format.id)' has no sparse initialisers to choose.", file: path,
                remedy: "Leave --sparse-initializers out, or write .onnx.")
        }
        return storesSparse
    }

    private static var names: String {
        Catalog.formats.map { "\($0.id) (\($0.extensions.map { ".\($0)" }.joined(separator: ", ")))" }
            .joined(separator: "; ")
    }
}

/// Runs `body`; an error that names no file gets this one.
func located<Output>(_ path: String, _ body: () throws -> Output) throws -> Output {
    do {
        return try body()
    } catch let error as SparsifyError {
        throw error.located(file: path)
    }
}
