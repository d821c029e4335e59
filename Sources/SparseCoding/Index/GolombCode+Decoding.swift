internal import Tensors

extension GolombCode {
    /// Reads `positions.count` gaps and stores the positions that they lead to, all below `elementCount`.
    ///
    /// - Throws: `malformed` where a position would lie outside, bits are missing, or bits follow.
    func decode(
        _ source: UnsafeRawBufferPointer, elementCount: Int, into positions: UnsafeMutableBufferPointer<UInt32>
    ) throws(SparsifyError) {
        let reader = BitReader(source)
        let table = ShortWords(self, forCount: positions.count)
        var bit = 0
        var next = 0
        var index = 0
        while index < positions.count {
            // As many short words as end in the bits that one look is sure of.
            var window = reader.bits(at: bit)
            var left = BitReader.sureBits
            while index < positions.count {
                let (gap, length) = table[window]
                guard length > 0, length <= left else { break }
                window &>>= UInt64(truncatingIfNeeded: length)
                left &-= length
                next &+= gap
                guard next < elementCount else { throw Self.outside(elementCount) }
                positions[index] = UInt32(truncatingIfNeeded: next)
                next &+= 1
                index &+= 1
            }
            bit += BitReader.sureBits - left
            if left == BitReader.sureBits {
                next += try gap(reader, &bit)
                guard next < elementCount else {
                    throw bit > reader.count ? Self.truncated : Self.outside(elementCount)
                }
                positions[index] = UInt32(truncatingIfNeeded: next)
                next += 1
                index += 1
            }
            guard bit <= reader.count else { throw Self.truncated }
        }
        guard reader.count - bit < 8, reader.bits(at: bit) == 0 else {
            throw SparsifyError(.malformed, "Bits follow the last gap of a chunk.")
        }
    }

    /// Any gap; a long run of ones is counted piece by piece.
    private func gap(_ reader: BitReader, _ bit: inout Int) throws(SparsifyError) -> Int {
        var quotient = 0
        while true {
            let ones = min((~reader.bits(at: bit)).trailingZeroBitCount, 32)
            quotient += ones
            bit += ones
            if ones < 32 { break }
            guard bit <= reader.count else { throw Self.truncated }
        }
        bit += 1
        guard divisor > 1 else { return quotient }
        let bits = reader.bits(at: bit)
        let last = UInt64(width - 1)
        var remainder = Int(bits & (1 << last - 1))
        bit += width - 1
        if remainder >= shorter {
            remainder = remainder << 1 + Int(bits >> last & 1) - shorter
            bit += 1
        }
        return quotient * divisor + remainder
    }

    private static var truncated: SparsifyError {
        SparsifyError(.malformed, "The gaps of a chunk end before its last element.")
    }

    private static func outside(_ count: Int) -> SparsifyError {
        SparsifyError(.malformed, "The gaps of a chunk lead past its \(count) elements.")
    }
}

/// The gaps whose words are short, by the bits that come next: which word that is cannot be foreseen, and branches
/// on it would cost more than this look.
private struct ShortWords {
    private static let bits = 11
    /// The gap, and above its 24 bits the length of its word; 0 where the word is longer than the table knows.
    private let entries: [UInt32]

    /// - Parameter count: gaps to be read; for few of them a table does not pay and knows no word.
    init(_ code: GolombCode, forCount count: Int) {
        var entries = [UInt32](repeating: 0, count: 1 << Self.bits)
        var gap = 0
        while count >= 256, let word = code.word(gap), word.count <= Self.bits {
            for place in stride(from: Int(word.bits), to: entries.count, by: 1 << Int(word.count)) {
                entries[place] = word.count << 24 | UInt32(gap)
            }
            gap += 1
        }
        self.entries = entries
    }

    @inline(__always)
    subscript(_ window: UInt64) -> (gap: Int, length: Int) {
        let entry = entries.withUnsafeBufferPointer { $0[Int(truncatingIfNeeded: window) & (1 << Self.bits - 1)] }
        return (Int(entry & 0xff_ffff), Int(entry >> 24))
    }
}
