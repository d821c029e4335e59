public import ModelIO
public import Tensors

/// An `.npz` in the making, as `numpy.savez` and `numpy.savez_compressed` make them. The same arrays give the same
/// bytes. Nothing is visible under the name before `finish()`.
public final class NPZWriter {
    public enum Compression: Sendable {
        case stored
        case deflated
    }

    private let file: AtomicFile
    private let compression: Compression
    private var members: [ZipInput] = []
    private var names: Set<String> = []

    /// - Throws: `io` where the file exists and `overwrite` is false, or cannot be made.
    public init(
        path: String, compression: Compression = .stored, overwrite: Bool = false
    ) throws(SparsifyError) {
        file = try AtomicFile(path: path, overwrite: overwrite)
        self.compression = compression
    }

    /// Puts an array into the list of those that `finish()` writes.
    ///
    /// - Parameter source: called by `finish()`, on its thread, for ascending ranges that together cover the array.
    /// - Throws: `usage` where the name was given before, `refused` where it could lead out of an archive, `malformed`
    ///   where NumPy has no such shape.
    public func append(
        _ name: String, elementType: ElementType, shape: Shape, source: @escaping TileSource
    ) throws(SparsifyError) {
        do throws(SparsifyError) {
            let header = try NumPyHeader(elementType: elementType, shape: shape)
            let member = name + NPZArchive.suffix
            try ZipEntry.check(name: name)
            guard names.insert(name).inserted else {
                throw SparsifyError(.usage, "An array of this name is in the archive already.")
            }
            members.append(
                try ZipInput(
                    name: member, head: header.bytes(), width: elementType.byteWidth,
                    elementCount: shape.elementCount, source: source))
        } catch {
            throw error.located(file: file.path, tensor: name)
        }
    }

    /// Writes the arrays and moves the file to its place.
    ///
    /// - Throws: what a source throws, `io` where writing fails.
    public func finish() throws {
        do {
            try ZipWriting.write(members, deflated: compression == .deflated, to: file)
        } catch let error as SparsifyError {
            throw error.located(file: file.path)
        }
        try file.commit()
    }
}
