internal import HDF5Format
public import ModelIO
internal import OtherFormats
internal import Tensors

/// An open `.keras` archive.
///
/// libhdf5 wants a file of its own, so the weights are unpacked to a temporary one, piece by piece; it loses its name as
/// soon as it is open.
public final class KerasArchiveReader: ModelReader {
    public let path: String
    public let fileSize: Int
    public let tree: FileTree
    public let warnings: [String]
    let weights: any ModelReader

    public var formatID: String { KerasArchiveFormat.identifier }
    public var tensors: [TensorInfo] { weights.tensors }

    /// - Throws: what opening the archive and its weights throws: `malformed` where either is damaged or a member is
    ///   missing, `refused` where it does what is refused for safety, `limit` above the budget.
    public init(path: String, options: ReadOptions = ReadOptions()) throws {
        let archive = try ZipArchive(path: path, maximumBytes: options.maximumDeclaredBytes)
        let members = try ArchiveMembers(archive)
        let scratch = try ScratchFile()
        try archive.extract(ArchiveMembers.weightsName, to: scratch)
        self.path = path
        fileSize = archive.fileSize
        do {
            weights = try HDF5Format().makeReader(path: scratch.path, options: options)
            scratch.removeName()
            tree = try members.added(to: weights.tree)
            warnings = members.warnings + weights.warnings
        } catch {
            throw MemberError.located(error, scratch: scratch.path, archive: path)
        }
    }

    public func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        do {
            try weights.read(index, range, into: destination)
        } catch {
            throw MemberError.located(error, scratch: weights.path, archive: path)
        }
    }
}

/// Errors about the file that the weights lie in meanwhile, told as errors about the archive.
enum MemberError {
    static func located(_ error: any Error, scratch: String, archive: String) -> any Error {
        guard var error = error as? SparsifyError, error.file == nil || error.file == scratch else { return error }
        let place = error.offset.map { "at byte \($0) of" } ?? "in"
        error.message = "\(error.message) (\(place) '\(ArchiveMembers.weightsName)')"
            .replacingOccurrences(of: scratch, with: ArchiveMembers.weightsName)
        error.offset = nil
        error.file = archive
        return error
    }
}

extension String {
    /// The text with every `part` replaced.
    fileprivate func replacingOccurrences(of part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }
}
