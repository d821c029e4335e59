internal import HDF5Format
internal import ModelIO
internal import Tensors

/// A binsparse file in the making: each matrix of numbers becomes a group of three arrays, CSR; everything else stays as it is
/// in HDF5.
///
/// How many values a matrix has is known once all of it has been seen, and a dataset is made with its size; so entries wait in a
/// temporary file beside the output.
final class BinSparseWriter: ModelWriter {
    private let path: String
    private let tree: FileTree
    private let tensors: [TensorInfo]
    private let options: WriteOptions
    /// Holds the place, so that what forbids the output is found before the work.
    private var place: AtomicFile?
    private var parts: [Part] = []

    private enum Part {
        case dense(TileSource)
        case matrix(CompressedRows)
    }

    /// - Throws: `io` where the file cannot be made or exists already.
    init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions) throws {
        self.path = path
        self.tree = tree
        self.tensors = tensors
        self.options = options
        place = try AtomicFile(path: path, overwrite: options.overwrite)
        // What HDF5 has no place for is found now too.
        let scratch = try ScratchFile(beside: path)
        do {
            _ = try HDF5Writer(
                path: scratch.path, tree: tree, tensors: tensors, options: WriteOptions(overwrite: true, threads: 1))
        } catch let error as SparsifyError {
            var located = error
            located.file = path
            throw located
        }
    }

    /// Rows and columns of a tensor as a matrix; nil where binsparse has no such.
    static func matrix(_ tensor: TensorInfo) -> (rows: Int, columns: Int)? {
        guard tensor.shape.rank >= 2, BinSparseDescriptor.name(tensor.elementType) != nil,
            let columns = tensor.shape.dimensions.last, columns > 0
        else { return nil }
        return (tensor.elementCount / columns, columns)
    }

    func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        guard let (rows, columns) = Self.matrix(tensor) else { return parts.append(.dense(source)) }
        let matrix = try CompressedRows(
            rows: rows, columns: columns, type: tensor.elementType, capacity: tensor.elementCount, beside: path)
        try matrix.fill(tensor.elementCount, cancellation: options.cancellation, source)
        parts.append(.matrix(matrix))
    }

    func finish() throws {
        precondition(parts.count == tensors.count, "every tensor of the list is appended before the end")
        place = nil
        var contents = Contents(tree: tree, isSingle: isSingle)
        let numbers = Dictionary(uniqueKeysWithValues: tensors.enumerated().map { ($1.name, $0) })
        for entry in tree.entries {
            guard case .tensor = entry.kind, let number = numbers[entry.path] else {
                contents.add(entry)
                continue
            }
            switch parts[number] {
            case .dense(let source): contents.add(entry, tensors[number], source)
            case .matrix(let matrix): try contents.add(entry, tensors[number], matrix)
            }
        }
        let writer = try HDF5Writer(path: path, tree: contents.tree, tensors: contents.infos, options: options)
        for (info, source) in zip(contents.infos, contents.sources) {
            try writer.append(info, expectedNonzeros: nil, source: source)
        }
        try writer.finish()
        // Their files go now, and not with the writer.
        parts = []
    }

    /// Whether there is a matrix and nothing else: it then lies where tools that know files of one matrix look for it.
    private var isSingle: Bool {
        guard tensors.count == 1, case .matrix = parts[0] else { return false }
        return tree.entries.allSatisfy { entry in
            switch entry.kind {
            case .group: entry.path.isEmpty || entry.attributes.isEmpty
            case .tensor: entry.attributes.isEmpty
            default: false
            }
        }
    }

    /// What the HDF5 file comes to.
    private struct Contents {
        var tree: FileTree
        var infos: [TensorInfo] = []
        var sources: [TileSource] = []
        let isSingle: Bool

        init(tree: FileTree, isSingle: Bool) {
            self.tree = tree
            self.tree.entries = []
            self.isSingle = isSingle
        }

        mutating func add(_ entry: FileTree.Entry) {
            if !isSingle || entry.path.isEmpty { tree.entries.append(entry) }
        }

        mutating func add(_ entry: FileTree.Entry, _ info: TensorInfo, _ source: @escaping TileSource) {
            tree.entries.append(entry)
            infos.append(info)
            sources.append(source)
        }

        mutating func add(_ entry: FileTree.Entry, _ info: TensorInfo, _ matrix: CompressedRows) throws {
            let shape = info.shape.rank == 2 ? nil : info.shape.dimensions
            let name = isSingle && info.name != BinSparseReader.single ? info.name : nil
            let origin = shape == nil && name == nil ? nil : BinSparseDescriptor.Origin(shape: shape, name: name)
            let descriptor = matrix.descriptor(origin)
            if isSingle {
                tree.entries[0].attributes.append(descriptor)
            } else {
                tree.entries.append(
                    .init(
                        path: entry.path, kind: .group(.init()), attributes: entry.attributes + [descriptor],
                        tracksAttributeOrder: entry.tracksAttributeOrder))
            }
            for array in try matrix.arrays(below: isSingle ? "" : entry.path) {
                add(
                    .init(
                        path: array.info.name, kind: .tensor(.init(type: ValueType(storing: array.info.elementType)))),
                    array.info, array.source)
            }
        }
    }
}
