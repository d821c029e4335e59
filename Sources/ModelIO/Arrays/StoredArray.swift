public import Tensors

/// An array of numbers in a file, read piece by piece. Reading is safe from several threads at once.
public protocol StoredArray: Sendable {
    var elementType: ElementType { get }
    var shape: Shape { get }
    /// The most bytes that its values may take in memory.
    var maximumBytes: Int { get }

    /// Copies the elements `range` (row-major positions) into `destination`, little-endian.
    ///
    /// `destination` holds exactly `range.count * elementType.byteWidth` bytes.
    /// - Throws: where the file is damaged or cannot be read.
    func read(_ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws
    /// An error about this array, with the place where it is.
    func located(_ error: SparsifyError) -> SparsifyError
}

extension StoredArray {
    static var tileElements: Int { 1 << 17 }

    /// - Throws: `limit` where `byteCount` bytes are more than may be in memory.
    public func checkBudget(_ byteCount: Int) throws(SparsifyError) {
        guard byteCount <= maximumBytes else {
            throw SparsifyError(
                .limit, "The array has \(byteCount) bytes in memory, more than the budget of \(maximumBytes).")
        }
    }
}

/// A tensor of an open model file as an array.
public struct TensorArray: StoredArray {
    private let reader: any ModelReader
    private let index: Int
    public let maximumBytes: Int
    public let elementType: ElementType

    public var shape: Shape { reader.tensors[index].shape }

    /// - Parameters:
    ///   - index: which of the reader's tensors.
    ///   - elementType: what its elements mean where the file leaves that open; nil: as the file says.
    public init(_ reader: any ModelReader, _ index: Int, as elementType: ElementType? = nil, maximumBytes: Int) {
        self.reader = reader
        self.index = index
        self.maximumBytes = maximumBytes
        self.elementType = elementType ?? reader.tensors[index].elementType
    }

    public func read(_ range: Range<Int>, into destination: UnsafeMutableRawBufferPointer) throws {
        try reader.read(index, range, into: destination)
    }

    public func located(_ error: SparsifyError) -> SparsifyError {
        error.located(file: reader.path, tensor: reader.tensors[index].name)
    }
}
