public import ModelIO
public import Tensors

/// An open checkpoint. Opening reads its pickle; elements are read where they lie, piece by piece, except those of tensors that
/// are turned or strided views: of these a few are in memory.
public final class PyTorchReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public let warnings: [String]
    private let archive: PyTorchArchive
    private let views: [PyTorchTensor]
    private let recent = RecentValues<RawBuffer>(count: 2)

    public var formatID: String { PyTorchFormat.identifier }

    /// The number that files of `torch.save` before 1.6 begin with, as a pickle.
    static func isLegacy(_ head: [UInt8]) -> Bool {
        head.starts(with: [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19])
    }

    /// - Throws: `refused` where the pickle names what is neither a tensor nor a container, `malformed` where it is damaged or
    ///   a tensor reaches beyond its storage, `limit` above the budget, `unsupported` for what is not read.
    public init(path: String, options: ReadOptions = ReadOptions()) throws(SparsifyError) {
        self.path = path
        do throws(SparsifyError) {
            archive = try PyTorchArchive(path: path, options: options)
            fileSize = archive.fileSize
            let contents = try archive.contents()
            let names = try TensorPaths.paths(contents.tensors.map(\.name))
            var (tree, tensors, views) = (FileTree(), [TensorInfo](), [PyTorchTensor]())
            var (groups, firsts): (Set<String>, [PyTorchTensor: String]) = ([], [:])
            for ((name, tensor), path) in zip(contents.tensors, names) {
                for group in TensorPaths.ancestors(of: path) where groups.insert(group).inserted {
                    tree.entries.append(.init(path: group, kind: .group(.init())))
                }
                // Tied weights are one tensor with two names.
                if let first = firsts[tensor], !tensor.shape.contains(0) {
                    tree.entries.append(.init(path: path, kind: .alias(target: first)))
                    continue
                }
                firsts[tensor] = path
                try archive.check(tensor, name: name)
                tree.entries.append(Self.entry(name, path, tensor))
                tensors.append(
                    TensorInfo(name: path, elementType: tensor.type.element, shape: try Shape(tensor.shape)))
                views.append(tensor)
            }
            try Self.checkUnique(tree)
            // Views may show the same elements again and again.
            try options.checkDeclared(tensors, fileSize: fileSize)
            (self.tree, self.tensors, self.views) = (tree, tensors, views)
            warnings = Self.warnings(contents.others)
        } catch {
            throw error.located(file: path)
        }
    }

    private static func entry(_ name: String, _ path: String, _ tensor: PyTorchTensor) -> FileTree.Entry {
        var attributes = [TensorName.attribute(name, path: path)].compactMap(\.self)
        if tensor.type.element == .bfloat16 { attributes.append(.bfloat16Mark) }
        if let carried = tensor.type.carried {
            attributes.append(Attribute(name: FileTree.carriedTypeAttribute, text: carried))
        }
        return .init(
            path: path, kind: .tensor(.init(type: ValueType(storing: tensor.type.element))), attributes: attributes)
    }

    private static func checkUnique(_ tree: FileTree) throws(SparsifyError) {
        var paths: Set<String> = []
        for entry in tree.entries where !paths.insert(entry.path).inserted {
            throw SparsifyError(.malformed, "The checkpoint has two entries '\(printable(entry.path))'.")
        }
    }

    private static func warnings(_ others: [String]) -> [String] {
        guard !others.isEmpty else { return [] }
        let names = others.prefix(5).joined(separator: ", ") + (others.count > 5 ? " and \(others.count - 5) more" : "")
        return ["what is no tensor is not kept: \(names)"]
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        let (view, tensor) = (views[index], tensors[index])
        let width = tensor.elementType.byteWidth
        precondition(
            range.lowerBound >= 0 && range.upperBound <= tensor.elementCount
                && destination.count == range.count * width,
            "elements of the tensor, and room for exactly those")
        guard !range.isEmpty else { return }
        do {
            if view.isContiguous {
                try archive.read(view.storage.key, at: (view.offset + range.lowerBound) * width, into: destination)
            } else {
                let whole = try recent.value(index) { try archive.gather(view) }
                destination.copyMemory(
                    from: UnsafeRawBufferPointer(
                        rebasing: whole.bytes[range.lowerBound * width..<range.upperBound * width]))
            }
        } catch let error as SparsifyError {
            throw error.located(file: path, tensor: tensor.name)
        }
    }
}
