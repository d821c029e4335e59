internal import CHDF5
public import ModelIO
internal import Tensors

/// An HDF5 file in the making: the tree is laid out at once, the values of tensors follow tile by tile.
public final class HDF5Writer: ModelWriter {
    let path: String
    let options: WriteOptions
    let file: OutputFile
    let plans: [String: DatasetPlan]
    private let output: AtomicFile
    private let tensors: [TensorInfo]
    private var written = 0

    /// - Throws: where the file cannot be made, or HDF5 has no place for something in the tree.
    public init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()) throws {
        self.path = path
        self.options = options
        self.tensors = tensors
        do {
            let plans = try TreeCheck.plans(tree, tensors)
            self.plans = plans
            output = try AtomicFile(path: path, overwrite: options.overwrite)
            file = try OutputFile(
                path: output.temporaryPath, root: tree.entries[0], usesLatestFileVersion: tree.usesLatestFileVersion)
            var builder = TreeBuilder(
                file: file, plans: plans, usesLatestFileVersion: tree.usesLatestFileVersion, options: options)
            try builder.build(tree)
        } catch {
            throw Self.located(error, path: path)
        }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        guard written < tensors.count, tensors[written].name == tensor.name,
            tensors[written].shape == tensor.shape, tensors[written].elementType == tensor.elementType,
            let plan = plans[tensor.name]
        else {
            throw SparsifyError(.usage, "The tensor '\(tensor.name)' is not the next of the file.", file: path)
        }
        do {
            try writeValues(of: plan, count: tensor.elementCount, source)
        } catch {
            throw Self.located(error, path: path)
        }
        written += 1
    }

    public func finish() throws {
        guard written == tensors.count else {
            throw SparsifyError(
                .usage, "Only \(written) of \(tensors.count) tensors were written.", file: path)
        }
        do {
            try file.close()
        } catch {
            throw Self.located(error, path: path)
        }
        try output.commit()
    }

    /// Adds the file's name; what libhdf5 reports when writing is a matter of the disk, not of damage.
    private static func located(_ error: any Error, path: String) -> any Error {
        guard var error = error as? SparsifyError, error.file == nil else { return error }
        if error.code == .malformed, error.message.hasPrefix("HDF5 could not") { error.code = .io }
        return error.located(file: path)
    }
}
