public import ModelIO
internal import Synchronization
public import Tensors

/// An open NumPy array: a `.npy` file, or a member of an `.npz`.
///
/// Values are read piece by piece; only an array in Fortran order is kept in memory, from its first reading on. Reading
/// is safe from several threads at once.
public final class NumPyArray: StoredArray {
    public let header: NumPyHeader
    private let source: any ByteSource
    private let dataOffset: Int
    public let maximumBytes: Int
    private let reordered = Mutex<RawBuffer?>(nil)

    public var elementType: ElementType { header.elementType }
    public var shape: Shape { header.shape }

    /// Opens a `.npy` file.
    ///
    /// - Parameter maximumBytes: the most bytes that the array may have in memory; nil is `max(1 GiB, 16 × file size)`.
    /// - Throws: where it is no `.npy` file, is damaged, truncated or followed by other bytes, or has elements of a
    ///   type that is not read.
    public convenience init(path: String, maximumBytes: Int? = nil) throws(SparsifyError) {
        let file = try InputFile(path: path)
        let budget = ReadOptions(maximumDeclaredBytes: maximumBytes).declaredByteBudget(fileSize: file.size)
        try self.init(source: file, maximumBytes: budget)
    }

    init(source: any ByteSource, maximumBytes: Int) throws(SparsifyError) {
        self.source = source
        self.maximumBytes = maximumBytes
        do throws(SparsifyError) {
            let count = min(source.size, NumPyHeader.maximumByteCount)
            let buffer = RawBuffer(byteCount: count)
            let head = UnsafeMutableRawBufferPointer(rebasing: buffer.bytes[..<count])
            try source.read(at: 0, into: head)
            (header, dataOffset) = try NumPyHeader.parse(Array(head))
            try Self.check(header, dataOffset: dataOffset, size: source.size)
        } catch {
            throw source.located(error)
        }
    }

    /// NumPy ignores what follows an array; here it would be lost unsaid.
    private static func check(_ header: NumPyHeader, dataOffset: Int, size: Int) throws(SparsifyError) {
        let present = size - dataOffset
        guard present != header.dataByteCount else { return }
        throw SparsifyError(
            .malformed,
            """
            An array of shape \(header.shape) and type \(header.elementType.name) has \(header.dataByteCount) bytes, \
            but \(present) follow the header.
            """,
            offset: dataOffset,
            remedy: present < header.dataByteCount
                ? "It is truncated or damaged." : "A file of several arrays is not read; save them as an .npz.")
    }

    /// Copies the elements `range` (row-major positions) into `destination`, little-endian.
    ///
    /// `destination` holds exactly `range.count * elementType.byteWidth` bytes.
    /// - Throws: where the file is damaged or cannot be read; `limit` where an array in Fortran order has more bytes
    ///   than may be in memory.
    public func read(_ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        precondition(range.lowerBound >= 0 && range.upperBound <= shape.elementCount, "elements of the array")
        let width = elementType.byteWidth
        precondition(destination.count == range.count * width, "room for exactly the elements")
        guard !range.isEmpty else { return }
        do throws(SparsifyError) {
            guard header.isFortranOrder, FortranOrder.matters(for: shape) else {
                return try readStored(range.lowerBound, into: destination)
            }
            let whole = try inRowMajorOrder()
            destination.copyMemory(
                from: UnsafeRawBufferPointer(rebasing: whole.bytes[range.lowerBound * width..<range.upperBound * width])
            )
        } catch {
            throw source.located(error)
        }
    }

    /// Elements in the order of the file, from position `start` on.
    private func readStored(_ start: Int, into destination: UnsafeMutableRawBufferPointer) throws(SparsifyError) {
        let offset = dataOffset + start * elementType.byteWidth
        try source.read(at: offset, into: destination)
        if header.isBigEndian { ByteOrder.reverse(destination, width: elementType.byteWidth) }
        if elementType == .bool, let wrong = destination.firstIndex(where: { $0 > 1 }) {
            throw SparsifyError(
                .malformed, "An element of type bool is \(destination[wrong]), neither 0 nor 1.",
                offset: offset + wrong)
        }
    }

    private func inRowMajorOrder() throws(SparsifyError) -> RawBuffer {
        try reordered.withLock { (kept: inout sending RawBuffer?) throws(SparsifyError) -> RawBuffer in
            if let kept { return kept }
            try checkBudget(header.dataByteCount)
            let width = elementType.byteWidth
            let whole = RawBuffer(byteCount: header.dataByteCount)
            var order = FortranOrder(shape)
            let tile = RawBuffer(byteCount: Self.tileElements * width)
            for start in stride(from: 0, to: shape.elementCount, by: Self.tileElements) {
                let count = min(Self.tileElements, shape.elementCount - start)
                let part = UnsafeMutableRawBufferPointer(rebasing: tile.bytes[..<(count * width)])
                try readStored(start, into: part)
                order.scatter(UnsafeRawBufferPointer(part), width: width, to: whole.bytes)
            }
            kept = whole
            return whole
        }
    }

    private static let tileElements = 1 << 17

    public func located(_ error: SparsifyError) -> SparsifyError { source.located(error) }
}
