internal import Inference
internal import ModelIO
internal import OtherFormats
internal import Tensors

/// Arrays of numbers in files, named as on the command line: `x.npy`, `x.npz` or `x.h5` (its only array), `x.npz:name`,
/// `x.h5:/path`.
struct ArrayFile {
    let path: String
    /// Which array of a file of several; nil: the only one.
    let member: String?

    private static let archiveEnding = ".npz"
    private static let datasetEndings = [".h5", ".hdf5", ".he5"]
    private static let endings = [archiveEnding] + datasetEndings

    init(_ text: String) {
        let colons = text.indices.filter { text[$0] == ":" }
        // An array's name may have colons too.
        if let colon = colons.first(where: { Self.holdsSeveral(text[..<$0]) }) {
            self.init(path: String(text[..<colon]), member: String(text[text.index(after: colon)...]))
        } else {
            self.init(path: text, member: nil)
        }
    }

    init(path: String, member: String?) {
        self.path = path
        self.member = member
    }

    private static func holdsSeveral(_ path: some StringProtocol) -> Bool {
        endings.contains { path.lowercased().hasSuffix($0) }
    }

    private var isArchive: Bool { path.lowercased().hasSuffix(Self.archiveEnding) }
    private var isDatasets: Bool { Self.datasetEndings.contains { path.lowercased().hasSuffix($0) } }

    /// Names of the arrays, where this is a file of several none of which was asked for.
    func names(_ options: JobOptions) throws -> [String]? {
        guard member == nil else { return nil }
        if isDatasets { return try ModelFiles.open(path, options: options.reading).tensors.map(\.name) }
        return isArchive ? try NPZArchive(path: path, maximumBytes: options.maximumDeclaredBytes).names : nil
    }

    /// - Throws: `usage` where a file has several arrays and none is named, or none of the name; what reading throws.
    func open(_ options: JobOptions) throws -> any StoredArray {
        if isDatasets { return try dataset(options) }
        guard isArchive else { return try NumPyArray(path: path, maximumBytes: options.maximumDeclaredBytes) }
        let archive = try NPZArchive(path: path, maximumBytes: options.maximumDeclaredBytes)
        if let member { return try archive.array(member) }
        guard archive.names.count == 1 else { throw ambiguity("archive", archive.names) }
        return try archive.array(archive.names[0])
    }

    private func dataset(_ options: JobOptions) throws -> any StoredArray {
        let reader = try ModelFiles.open(path, options: options.reading)
        let budget = options.reading.declaredByteBudget(fileSize: reader.fileSize)
        let names = reader.tensors.map(\.name)
        guard let member else {
            guard names.count == 1 else { throw ambiguity("file", names) }
            return TensorArray(reader, 0, maximumBytes: budget)
        }
        let name = member.hasPrefix("/") ? String(member.dropFirst()) : member
        guard let index = names.firstIndex(of: name) else {
            throw SparsifyError(.usage, "There is no dataset '\(printable(member))' in this file.", file: path)
        }
        return TensorArray(reader, index, maximumBytes: budget)
    }

    private func ambiguity(_ kind: String, _ names: [String]) -> SparsifyError {
        let list = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        return SparsifyError(
            .usage, "The \(kind) has \(names.count) arrays: \(list).", file: path,
            remedy: "Say which, as \(path):NAME.")
    }

    /// The numbers, rounded where the type is wider.
    func tensor<Element: Scalar>(_ options: JobOptions) throws -> Tensor<Element> {
        let array = try open(options)
        let values: [Element] =
            Element.self == Float.self
            ? try array.floats() as? [Element] ?? [] : try array.doubles().map { Element($0) }
        return try Tensor(shape: array.shape.dimensions, values: values)
    }
}
