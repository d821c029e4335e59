public import Tensors

/// What stands at the head of a `.npy` file: the type, the order and the extents of its elements.
public struct NumPyHeader: Sendable, Hashable {
    /// The forms of the header: lengths of 16 bits, lengths of 32 bits, the same with text in UTF-8.
    public enum Version: UInt8, Sendable, CaseIterable {
        case v1 = 1
        case v2 = 2
        case v3 = 3
    }

    /// As many extents as NumPy allows.
    static let maximumRank = 64

    public let elementType: ElementType
    public let isBigEndian: Bool
    /// Whether the first index runs fastest in the file. `shape` is that of the array either way.
    public let isFortranOrder: Bool
    public let shape: Shape
    /// Bytes of all elements.
    public let dataByteCount: Int

    /// - Throws: `malformed` where the rank is above 64 or the bytes are more than an `Int` counts.
    public init(
        elementType: ElementType, shape: Shape, isFortranOrder: Bool = false, isBigEndian: Bool = false
    ) throws(SparsifyError) {
        guard shape.rank <= Self.maximumRank else {
            throw SparsifyError(
                .malformed, "The shape has \(shape.rank) extents; NumPy has at most \(Self.maximumRank).")
        }
        self.elementType = elementType
        self.isBigEndian = isBigEndian && elementType.byteWidth > 1
        self.isFortranOrder = isFortranOrder
        self.shape = shape
        dataByteCount = try Checked.multiply(shape.elementCount, elementType.byteWidth, "byte count of the array")
    }

    /// The header as `numpy.save` writes it: spaces to a multiple of 64 bytes, elements follow at once.
    public func bytes(version: Version = .v1) -> [UInt8] {
        var text = "{'descr': '\(NumPyDescriptor(elementType, isBigEndian: isBigEndian).text)', "
        text += "'fortran_order': \(isFortranOrder ? "True" : "False"), 'shape': \(shape), }"
        // NumPy leaves room for the longest extent in the direction in which an array can grow.
        if let growing = isFortranOrder ? shape.dimensions.last : shape.dimensions.first {
            text += String(repeating: " ", count: max(0, 21 - String(growing).utf8.count))
        }
        let preamble = Self.magic.count + (version == .v1 ? 4 : 6)
        let padding = 64 - (preamble + text.utf8.count + 1) % 64
        text += String(repeating: " ", count: padding) + "\n"

        var writer = ByteWriter()
        writer.raw(Self.magic)
        writer.integer(version.rawValue)
        writer.integer(UInt8(0))
        if version == .v1 {
            writer.integer(UInt16(text.utf8.count))
        } else {
            writer.integer(UInt32(text.utf8.count))
        }
        writer.raw(text.utf8)
        return writer.bytes
    }
}
