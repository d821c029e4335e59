public import Tensors

/// A tensor in memory, row-major, little-endian.
public struct DenseTensor: Sendable {
    public let shape: Shape
    public let elementType: ElementType
    let storage: RawBuffer

    /// Calls `body` with the bytes of the elements.
    public func withBytes<Output>(_ body: (UnsafeRawBufferPointer) throws -> Output) rethrows -> Output {
        let count = shape.elementCount * elementType.byteWidth
        return try withExtendedLifetime(storage) {
            try body(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(storage.bytes)[..<count]))
        }
    }

    /// The elements as single-precision numbers; nil where they are not of a floating-point type. Float64 is rounded.
    public var floats: [Float]? {
        withBytes { bytes in
            switch elementType {
            case .float32: Array(bytes.bindMemory(to: Float.self))
            case .float64: bytes.bindMemory(to: Double.self).map(Float.init)
            case .float16: bytes.bindMemory(to: UInt16.self).map(FloatingPointBits.float(fromHalf:))
            case .bfloat16: bytes.bindMemory(to: UInt16.self).map(FloatingPointBits.float(fromBFloat16:))
            default: nil
            }
        }
    }
}
