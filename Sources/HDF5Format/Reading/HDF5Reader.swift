internal import CHDF5
public import ModelIO
internal import Tensors

/// An open HDF5 file.
///
/// Opening walks the whole file; whatever is refused is refused then. Values are read later, piece by piece.
public final class HDF5Reader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tensors: [TensorInfo]
    public let tree: FileTree
    public let warnings: [String]
    let access: DatasetAccess
    let stored: [StoredDataset]
    private let isBigEndian: [Bool]

    public var formatID: String { "hdf5" }

    /// - Throws: where the file is no HDF5, is damaged, or does what is refused for safety.
    public init(path: String, options: ReadOptions = ReadOptions()) throws {
        self.path = path
        do {
            let file = try SourceFile(path: path)
            access = DatasetAccess(file: file)
            do {
                var walker = try TreeWalker(access: access, options: options)
                try walker.walk()
                tree = FileTree(entries: walker.entries, usesLatestFileVersion: file.superblockVersion >= 2)
                (tensors, stored, warnings) = (walker.tensors, walker.stored, walker.warnings)
            }
            fileSize = file.size
        } catch {
            throw SourceFile.located(error, path: path)
        }
        let types = Dictionary(
            tree.entries.compactMap { entry in
                if case .tensor(let properties) = entry.kind { (entry.path, properties.type) } else { nil }
            }, uniquingKeysWith: { first, _ in first })
        isBigEndian = tensors.map { types[$0.name]?.element?.isBigEndian ?? false }
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        precondition(tensors.indices.contains(index), "a tensor of the file")
        do {
            try access.read(stored[index], key: index, range, into: destination)
        } catch {
            throw SourceFile.located(error, path: path, tensor: tensors[index].name)
        }
        if isBigEndian[index] { ByteOrder.reverse(destination, width: stored[index].elementSize) }
    }
}
