import Tensors

@testable import OtherFormats

extension NumPyArray {
    /// The bytes of the elements of a range, of all where none is given.
    func bytes(_ range: Range<Int>? = nil) throws -> [UInt8] {
        let range = range ?? 0..<shape.elementCount
        var result = [UInt8](repeating: 0xaa, count: range.count * elementType.byteWidth)
        try result.withUnsafeMutableBytes { try read(range, into: $0) }
        return result
    }
}

/// A `.npy` of version 1 with this text for a header.
func npy(_ text: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let length = version == 1 ? bytes(UInt16(text.utf8.count)) : bytes(UInt32(text.utf8.count))
    return NumPyHeader.magic + [version, 0] + length + Array(text.utf8) + data
}

/// A `.npy` of little-endian elements.
func npy(_ type: ElementType, _ dimensions: [Int], _ data: [UInt8]) throws -> [UInt8] {
    try NumPyHeader(elementType: type, shape: Shape(dimensions)).bytes() + data
}
