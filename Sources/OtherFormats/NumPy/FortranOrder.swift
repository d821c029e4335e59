internal import Tensors

/// Walks an array with the first index fastest, and tells for each element where it stands with the last one fastest.
struct FortranOrder {
    private let extents: [Int]
    /// Elements from one index to the next, by dimension.
    private let strides: [Int]
    private var indices: [Int]
    private var position = 0

    /// Whether the two orders differ at all.
    static func matters(for shape: Shape) -> Bool { shape.dimensions.count { $0 > 1 } > 1 }

    init(_ shape: Shape) {
        extents = shape.dimensions
        var strides = [Int](repeating: 1, count: extents.count)
        for dimension in extents.indices.dropLast().reversed() {
            strides[dimension] = strides[dimension + 1] * extents[dimension + 1]
        }
        self.strides = strides
        indices = [Int](repeating: 0, count: extents.count)
    }

    /// Puts the next elements in their places.
    mutating func scatter(
        _ source: UnsafeRawBufferPointer, width: Int, to destination: UnsafeMutableRawBufferPointer
    ) {
        switch width {
        case 1: scatter(source, as: UInt8.self, to: destination)
        case 2: scatter(source, as: UInt16.self, to: destination)
        case 4: scatter(source, as: UInt32.self, to: destination)
        default: scatter(source, as: UInt64.self, to: destination)
        }
    }

    private mutating func scatter<Word: FixedWidthInteger>(
        _ source: UnsafeRawBufferPointer, as: Word.Type, to destination: UnsafeMutableRawBufferPointer
    ) {
        let width = MemoryLayout<Word>.size
        for offset in stride(from: 0, to: source.count, by: width) {
            destination.storeBytes(
                of: source.loadUnaligned(fromByteOffset: offset, as: Word.self), toByteOffset: position * width,
                as: Word.self)
            advance()
        }
    }

    private mutating func advance() {
        for dimension in extents.indices {
            indices[dimension] += 1
            position += strides[dimension]
            if indices[dimension] < extents[dimension] { return }
            position -= indices[dimension] * strides[dimension]
            indices[dimension] = 0
        }
    }
}
