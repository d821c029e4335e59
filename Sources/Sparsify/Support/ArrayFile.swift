internal import Inference
internal import OtherFormats
internal import Tensors

/// Arrays of numbers in NumPy's files, named as on the command line: `x.npy`, `x.npz` (its only array) or `x.npz:name`.
struct ArrayFile {
    let path: String
    /// Which array of an archive; nil: the only one.
    let member: String?

    init(_ text: String) {
        let colons = text.indices.filter { text[$0] == ":" }
        // An array's name may have colons too.
        if let colon = colons.first(where: { text[..<$0].lowercased().hasSuffix(".npz") }) {
            self.init(path: String(text[..<colon]), member: String(text[text.index(after: colon)...]))
        } else {
            self.init(path: text, member: nil)
        }
    }

    init(path: String, member: String?) {
        self.path = path
        self.member = member
    }

    var isArchive: Bool { path.lowercased().hasSuffix(".npz") }

    /// Names of the arrays, where this is an archive none of whose arrays was asked for.
    func names(_ options: JobOptions) throws -> [String]? {
        guard isArchive, member == nil else { return nil }
        return try NPZArchive(path: path, maximumBytes: options.maximumDeclaredBytes).names
    }

    /// - Throws: `usage` where an archive has several arrays and none is named, and what reading throws.
    func open(_ options: JobOptions) throws -> NumPyArray {
        guard isArchive else { return try NumPyArray(path: path, maximumBytes: options.maximumDeclaredBytes) }
        let archive = try NPZArchive(path: path, maximumBytes: options.maximumDeclaredBytes)
        if let member { return try archive.array(member) }
        guard archive.names.count == 1 else {
            throw SparsifyError(
                .usage, "The archive has \(archive.names.count) arrays: \(archive.names.joined(separator: ", ")).",
                file: path, remedy: "Say which, as \(path):NAME.")
        }
        return try archive.array(archive.names[0])
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
