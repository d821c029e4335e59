internal import HDF5Format
public import ModelIO
internal import OtherFormats
internal import Tensors

/// A `.keras` archive in the making: the weights go to a file beside it, which is then packed.
public final class KerasArchiveWriter: ModelWriter {
    private let path: String
    private let output: AtomicFile
    private let members: ArchiveMembers
    private let scratch: ScratchFile
    private let weights: HDF5Writer

    /// - Throws: `unsupported` where the model is not laid out as Keras 3 does it or carries no configuration, `io` where
    ///   the file cannot be made.
    public init(path: String, tree: FileTree, tensors: [TensorInfo], options: WriteOptions = WriteOptions()) throws {
        self.path = path
        var tree = tree
        do {
            members = try ArchiveMembers(removingFrom: &tree)
            output = try AtomicFile(path: path, overwrite: options.overwrite)
            scratch = try ScratchFile(beside: path)
        } catch {
            throw error.located(file: path)
        }
        do {
            weights = try HDF5Writer(
                path: scratch.path, tree: tree, tensors: tensors,
                options: WriteOptions(overwrite: true, threads: options.threads, cancellation: options.cancellation))
        } catch {
            throw MemberError.located(error, scratch: scratch.path, archive: path)
        }
    }

    public func append(_ tensor: TensorInfo, expectedNonzeros: Int?, source: @escaping TileSource) throws {
        do {
            try weights.append(tensor, expectedNonzeros: expectedNonzeros, source: source)
        } catch {
            throw MemberError.located(error, scratch: scratch.path, archive: path)
        }
    }

    public func finish() throws {
        do {
            try weights.finish()
            let archive = ZipArchiveWriter(to: output)
            try members.append(to: archive, weights: try InputFile(path: scratch.path))
            try archive.finish()
        } catch {
            throw MemberError.located(error, scratch: scratch.path, archive: path)
        }
    }
}
