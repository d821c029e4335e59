internal import HDF5Format
public import ModelIO
internal import Tensors

/// An open binsparse file: every array that it describes is a tensor, and so is every other dataset.
public final class BinSparseReader: ModelReader {
    public let path: String
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public var fileSize: Int { base.fileSize }
    public var warnings: [String] { base.warnings }
    private let base: HDF5Reader
    private let sources: [Source]
    /// Arrays by column that were read last.
    private let recent = RecentValues<RawBuffer>(count: 2)

    private enum Source {
        case plain(Int)
        case sparse(SparseArray)
    }

    /// What the tensor of a file of one array is called.
    static let single = "matrix"

    public var formatID: String { BinSparseFormat.identifier }

    /// - Throws: `malformed` where arrays do not fit their description, `unsupported` for formats that are not read, what
    ///   opening HDF5 throws.
    public init(path: String, options: ReadOptions = ReadOptions()) throws {
        self.path = path
        base = try HDF5Reader(path: path, options: options)
        let budget = options.declaredByteBudget(fileSize: base.fileSize)
        // HDF5 is refused where two names are the same to Unicode.
        var numbers = Dictionary(uniqueKeysWithValues: base.tensors.enumerated().map { ($1.name, $0) })
        var arrays: [String: (info: TensorInfo, array: SparseArray, entry: FileTree.Entry)] = [:]
        for entry in base.tree.entries {
            guard case .group = entry.kind, let text = entry.attribute(BinSparseDescriptor.attribute)?.text else {
                continue
            }
            var name = entry.path.isEmpty ? Self.single : entry.path
            do throws(SparsifyError) {
                let descriptor = try BinSparseDescriptor(parsing: text)
                if entry.path.isEmpty, let given = descriptor.sparsify?.name {
                    name = try TensorPaths.paths([given])[0]
                }
                let members = descriptor.binsparse.types.keys.compactMap { array in
                    numbers[entry.path.isEmpty ? array : "\(entry.path)/\(array)"].map { (array, $0) }
                }
                let array = try SparseArray(
                    descriptor, base, arrays: Dictionary(uniqueKeysWithValues: members), budget: budget)
                for (_, number) in members { numbers[base.tensors[number].name] = nil }
                arrays[entry.path] = (
                    TensorInfo(name: name, elementType: array.elementType, shape: try Self.shape(descriptor)), array,
                    Self.entry(entry, name: name, array)
                )
            } catch {
                throw error.located(file: path, tensor: name)
            }
        }
        (tree, tensors, sources) = Self.contents(base, kept: numbers, arrays)
        do { try options.checkDeclared(tensors, fileSize: base.fileSize) } catch { throw error.located(file: path) }
    }

    private static func shape(_ descriptor: BinSparseDescriptor) throws(SparsifyError) -> Shape {
        let matrix = try Shape(descriptor.binsparse.shape)
        guard let original = descriptor.sparsify?.shape else { return matrix }
        guard original.allSatisfy({ $0 >= 0 }), try Shape(original).elementCount == matrix.elementCount else {
            throw SparsifyError(.malformed, "A tensor of shape \(original) is no matrix of shape \(matrix).")
        }
        return try Shape(original)
    }

    private static func entry(_ group: FileTree.Entry, name: String, _ array: SparseArray) -> FileTree.Entry {
        FileTree.Entry(
            path: name, kind: .tensor(.init(type: ValueType(storing: array.elementType))),
            attributes: group.attributes.filter { $0.name != BinSparseDescriptor.attribute },
            tracksAttributeOrder: group.tracksAttributeOrder)
    }

    private static func contents(
        _ base: HDF5Reader, kept numbers: [String: Int],
        _ arrays: [String: (info: TensorInfo, array: SparseArray, entry: FileTree.Entry)]
    ) -> (FileTree, [TensorInfo], [Source]) {
        var (tree, tensors, sources) = (base.tree, [TensorInfo](), [Source]())
        tree.entries = []
        for entry in base.tree.entries {
            if case .tensor = entry.kind {
                guard let number = numbers[entry.path] else { continue }
                tensors.append(base.tensors[number])
                sources.append(.plain(number))
            }
            guard let found = arrays[entry.path] else {
                tree.entries.append(entry)
                continue
            }
            if entry.path.isEmpty {
                var root = entry
                root.attributes.removeAll { $0.name == BinSparseDescriptor.attribute }
                tree.entries.append(root)
            }
            let ancestors = entry.path.isEmpty ? TensorPaths.ancestors(of: found.entry.path) : []
            tree.entries += ancestors.map { .init(path: $0, kind: .group(.init())) } + [found.entry]
            tensors.append(found.info)
            sources.append(.sparse(found.array))
        }
        return (tree, tensors, sources)
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let tensor = tensors[index]
        let width = tensor.elementType.byteWidth
        precondition(
            range.lowerBound >= 0 && range.upperBound <= tensor.elementCount
                && destination.count == range.count * width,
            "elements of the tensor, and room for exactly those")
        do {
            switch sources[index] {
            case .plain(let number): try base.read(number, range, into: destination)
            case .sparse(let array) where array.isTurned:
                let whole = try recent.value(index) { try array.turned() }
                destination.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: whole.bytes[range.lowerBound * width..<range.upperBound * width]))
            case .sparse(let array): try array.read(range, into: destination)
            }
        } catch let error as SparsifyError {
            throw error.located(file: path, tensor: tensor.name)
        }
    }
}
