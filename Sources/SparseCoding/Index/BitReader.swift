/// Looks at bits, least significant first, at any place of a buffer; past its end all are zero.
struct BitReader {
    /// Bits of a look that are there, whatever the place in its first byte.
    static let sureBits = 57

    /// Bits in all.
    let count: Int
    private let source: UnsafeRawBufferPointer
    /// The last place from which a whole word can be loaded.
    private let lastWord: Int

    init(_ source: UnsafeRawBufferPointer) {
        self.source = source
        count = source.count * 8
        lastWord = source.count - 8
    }

    /// The bits from `bit` on; at least `sureBits` of them.
    @inline(__always)
    func bits(at bit: Int) -> UInt64 {
        let byte = bit >> 3
        if byte <= lastWord {
            return UInt64(littleEndian: source.loadUnaligned(fromByteOffset: byte, as: UInt64.self)) >> UInt64(bit & 7)
        }
        return lastBits(at: bit)
    }

    private func lastBits(at bit: Int) -> UInt64 {
        var word: UInt64 = 0
        var shift: UInt64 = 0
        for index in min(bit >> 3, source.count)..<source.count {
            word |= UInt64(source[index]) << shift
            shift += 8
        }
        return word >> UInt64(bit & 7)
    }
}
