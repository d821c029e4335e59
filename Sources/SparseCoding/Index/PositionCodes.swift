internal import Tensors

/// Gaps as bytes: 255 stands for 255 zeros and no element; any other byte for that many zeros and then an element.
enum GapByteCode {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, elementCount: Int, into positions: UnsafeMutableBufferPointer<UInt32>
    ) throws(SparsifyError) {
        var next = 0
        var found = 0
        for byte in bytes {
            next += Int(byte)
            if byte == 255 { continue }
            guard next < elementCount, found < positions.count else {
                throw SparsifyError(
                    .malformed, "The gaps of a chunk lead past its \(elementCount) elements or name too many of them.")
            }
            positions[found] = UInt32(truncatingIfNeeded: next)
            found += 1
            next += 1
        }
        guard found == positions.count else { throw ChunkDecoder.miscounted(found, positions.count) }
        guard bytes.last != 255 else {
            throw SparsifyError(
                .malformed, "The gaps of a chunk end in a gap that goes on, which they must not end in.")
        }
    }
}

/// One bit an element, least significant first; the bits after the last element are zero.
enum BitmaskCode {
    static func decode(
        _ bytes: UnsafeRawBufferPointer, elementCount: Int, into positions: UnsafeMutableBufferPointer<UInt32>
    ) throws(SparsifyError) {
        var found = 0
        var index = 0
        while index < bytes.count {
            var word: UInt64 = 0
            let length = min(8, bytes.count - index)
            if length == 8 {
                word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            } else {
                for offset in 0..<length { word |= UInt64(bytes[index + offset]) << UInt64(8 * offset) }
            }
            guard found + word.nonzeroBitCount <= positions.count else {
                throw SparsifyError(
                    .malformed, "The bitmask of a chunk has more than its \(positions.count) non-zeros.")
            }
            while word != 0 {
                positions[found] = UInt32(truncatingIfNeeded: index * 8 + word.trailingZeroBitCount)
                found += 1
                word &= word - 1
            }
            index += 8
        }
        guard found == positions.count else { throw ChunkDecoder.miscounted(found, positions.count) }
        guard found == 0 || Int(positions[found - 1]) < elementCount else {
            throw SparsifyError(.malformed, "The bitmask of a chunk has bits past its \(elementCount) elements.")
        }
    }

    /// Positions of the set bits of a mask that is already in words.
    static func positions(
        _ words: UnsafePointer<UInt64>, wordCount: Int, into positions: UnsafeMutablePointer<UInt32>
    ) {
        var found = 0
        for index in 0..<wordCount {
            var word = words[index]
            while word != 0 {
                positions[found] = UInt32(truncatingIfNeeded: index << 6 + word.trailingZeroBitCount)
                found += 1
                word &= word - 1
            }
        }
    }
}
