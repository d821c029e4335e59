public import ModelIO
public import Tensors

/// An `.npz`, or an `.npy`, as a model: its arrays are the tensors.
///
/// Opening reads the headers alone. Of deflated arrays, and of those in Fortran order, a few at most are in memory.
public final class NumPyModelReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public var warnings: [String] { [] }
    private let names: [String]
    private let open: @Sendable (String) throws(SparsifyError) -> NumPyArray
    private let recent = RecentValues<NumPyArray>(count: 4)

    public var formatID: String { NumPyFormat.identifier }

    /// - Throws: `malformed`, `refused`, `unsupported` or `limit`, as `NPZArchive` and `NumPyArray` say.
    public init(path: String, options: ReadOptions = ReadOptions()) throws(SparsifyError) {
        self.path = path
        let file = try InputFile(path: path)
        fileSize = file.size
        let budget = options.maximumDeclaredBytes
        if try file.head(NumPyHeader.magic.count) == NumPyHeader.magic {
            names = [Self.stem(path)]
            open = { (_) throws(SparsifyError) in try NumPyArray(path: path, maximumBytes: budget) }
        } else {
            let archive = try NPZArchive(path: path, maximumBytes: budget)
            names = archive.names
            open = { (name) throws(SparsifyError) in try archive.array(name) }
        }
        let paths: [String]
        do throws(SparsifyError) { paths = try TensorPaths.paths(names) } catch { throw error.located(file: path) }
        var tree = FileTree()
        var tensors: [TensorInfo] = []
        var groups: Set<String> = []
        for (name, path) in zip(names, paths) {
            for group in TensorPaths.ancestors(of: path) where groups.insert(group).inserted {
                tree.entries.append(.init(path: group, kind: .group(.init())))
            }
            let header = try open(name).header
            let type = header.elementType
            tree.entries.append(
                .init(
                    path: path, kind: .tensor(.init(type: ValueType(storing: type))),
                    attributes: (type == .bfloat16 ? [.bfloat16Mark] : [])
                        + [TensorName.attribute(name, path: path)].compactMap(\.self)))
            tensors.append(
                TensorInfo(name: path, elementType: type, shape: header.shape, storedBytes: header.dataByteCount))
        }
        (self.tree, self.tensors) = (tree, tensors)
    }

    /// The name of a file without its ending.
    private static func stem(_ path: String) -> String {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return NumPyFormat.isSingle(name) && name.utf8.count > 4 ? String(name.dropLast(4)) : name
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try recent.value(index) { try open(names[index]) }.read(range, into: destination)
    }
}
