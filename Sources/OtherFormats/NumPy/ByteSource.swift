internal import ModelIO
internal import Tensors

/// The bytes of one `.npy`, wherever they are. Reading is safe from several threads at once.
protocol ByteSource: Sendable {
    var size: Int { get }
    /// Fills `buffer` with the bytes at `offset`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(SparsifyError)
    /// An error about these bytes, with the place where they are.
    func located(_ error: SparsifyError) -> SparsifyError
}

extension InputFile: ByteSource {
    func located(_ error: SparsifyError) -> SparsifyError { error.located(file: path) }
}
