/// An open model file: what tensors it holds, what else it holds, and the values, piece by piece.
///
/// A reader never loads a whole model; callers read element ranges into their own memory. Reading is safe from
/// several threads at once.
public protocol ModelReader: AnyObject, Sendable {
    /// Path of the file, for messages.
    var path: String { get }
    /// Identifier of the format, as in `ModelFormat.id`.
    var formatID: String { get }
    /// Bytes of the file or files on disk.
    var fileSize: Int { get }
    /// Every tensor once, in file order; an alias of a stored tensor appears in `tree` only.
    var tensors: [TensorInfo] { get }
    /// All that the file says besides the values, so that it can be written again.
    var tree: FileTree { get }
    /// What could not be kept or looked odd, a sentence each.
    var warnings: [String] { get }

    /// Copies the elements `range` (row-major positions) of tensor `index` into `destination`, little-endian.
    ///
    /// `destination` holds exactly `range.count * elementType.byteWidth` bytes.
    /// - Throws: where the file is damaged or cannot be read.
    func read(_ index: Int, _ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws
}
