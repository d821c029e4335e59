internal import ModelIO
public import Tensors

/// A `.npy` file in the making, byte for byte as `numpy.save` writes it: version 1.0, little-endian, C order. Nothing
/// is visible under the name before `finish()`.
public final class NumPyWriter {
    private let file: AtomicFile
    private var missing: Int

    /// - Throws: `io` where the file exists and `overwrite` is false, or cannot be made; `malformed` where NumPy has no
    ///   such shape.
    public init(path: String, elementType: ElementType, shape: Shape, overwrite: Bool = false) throws(SparsifyError) {
        do throws(SparsifyError) {
            let header = try NumPyHeader(elementType: elementType, shape: shape)
            file = try AtomicFile(path: path, overwrite: overwrite)
            missing = header.dataByteCount
            try file.write(header.bytes())
        } catch {
            throw error.located(file: path)
        }
    }

    /// Appends elements in row-major order, little-endian.
    ///
    /// - Throws: `usage` where they are more than the shape has, `io` where writing fails.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(SparsifyError) {
        guard bytes.count <= missing else {
            throw SparsifyError(
                .usage, "\(bytes.count) bytes of elements are appended where \(missing) are missing.", file: file.path)
        }
        try file.write(bytes)
        missing -= bytes.count
    }

    /// Completes the file and moves it to its place.
    ///
    /// - Throws: `usage` where elements are missing, `io` where writing fails.
    public func finish() throws(SparsifyError) {
        guard missing == 0 else {
            throw SparsifyError(.usage, "\(missing) bytes of elements are missing.", file: file.path)
        }
        try file.commit()
    }
}
