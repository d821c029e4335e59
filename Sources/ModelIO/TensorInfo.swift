public import Tensors

/// What a file says of one tensor.
public struct TensorInfo: Sendable, Hashable {
    /// Full path in the file, components separated by `/`, without a leading one.
    public var name: String
    public var elementType: ElementType
    public var shape: Shape
    /// Where the file stores it: bytes on disk, where the format knows.
    public var storedBytes: Int?

    public init(name: String, elementType: ElementType, shape: Shape, storedBytes: Int? = nil) {
        self.name = name
        self.elementType = elementType
        self.shape = shape
        self.storedBytes = storedBytes
    }

    public var elementCount: Int { shape.elementCount }

    /// Bytes of the dense values. Readers check that this product fits before they offer a tensor.
    public var byteCount: Int { elementCount * elementType.byteWidth }
}
