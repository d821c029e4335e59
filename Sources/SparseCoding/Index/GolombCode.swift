/// The Golomb code (Golomb 1966, "Run-length encodings"): the optimal prefix code of geometrically distributed gaps,
/// which is what a random mask has, at the price of one parameter instead of a code table.
///
/// A gap g is written as g / M one-bits, a zero-bit, and g mod M in truncated binary.
struct GolombCode {
    /// The parameter M, at least 1.
    let divisor: Int
    /// Bits of the longer remainders: ⌈log2 M⌉.
    let width: Int
    /// Remainders below this take one bit less: 2^width − M.
    let shorter: Int

    /// The largest divisor that the format allows; wider gaps than it suits do not occur in a chunk.
    static let maximumDivisor = 1 << 24

    init(divisor: Int) {
        self.divisor = divisor
        width = divisor <= 1 ? 0 : Int.bitWidth - (divisor - 1).leadingZeroBitCount
        shorter = 1 << width - divisor
    }

    /// Bits that one gap takes.
    func bitCount(_ gap: Int) -> Int {
        let remainder = gap % divisor
        return gap / divisor + 1 + (divisor == 1 ? 0 : remainder < shorter ? width - 1 : width)
    }

    /// Bits, the first of them the least significant.
    struct Word {
        static let longest = 32
        var bits: UInt32
        var count: UInt32
    }

    /// The code word of a gap, where it takes `Word.longest` bits at most.
    func word(_ gap: Int) -> Word? {
        let count = bitCount(gap)
        guard count <= Word.longest else { return nil }
        let (quotient, remainder) = gap.quotientAndRemainder(dividingBy: divisor)
        let ones = UInt64(1) << UInt64(quotient) - 1
        let bits = ones | truncatedBinary(remainder).bits << UInt64(quotient + 1)
        return Word(bits: UInt32(truncatingIfNeeded: bits), count: UInt32(count))
    }

    /// The remainder in `width` bits or one less.
    func truncatedBinary(_ remainder: Int) -> (bits: UInt64, count: UInt64) {
        guard divisor > 1 else { return (0, 0) }
        guard remainder >= shorter else { return (UInt64(remainder), UInt64(width - 1)) }
        let wide = UInt64(remainder + shorter)
        return (wide >> 1 | (wide & 1) << UInt64(width - 1), UInt64(width))
    }
}
