internal import Tensors

/// The Golomb code (Golomb 1966, "Run-length encodings"): the optimal prefix code of geometrically distributed gaps,
/// which is what a random mask has, at the price of one parameter instead of a code table.
///
/// A gap g is written as g / M one-bits, a zero-bit, and g mod M in truncated binary.
struct GolombCode {
    /// The parameter M, at least 1.
    let divisor: Int
    /// Bits of the longer remainders: ⌈log2 M⌉.
    private let width: Int
    /// Remainders below this take one bit less: 2^width − M.
    private let shorter: Int

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

    /// The largest divisor that the format allows; wider gaps than it suits do not occur in a chunk.
    static let maximumDivisor = 1 << 24

    /// Writes all gaps and returns the count of bytes.
    func encode(_ gaps: UnsafeBufferPointer<UInt32>, into base: UnsafeMutablePointer<UInt8>) -> Int {
        var writer = BitWriter(base)
        let divisor = UInt32(divisor)
        let shorter = UInt32(shorter)
        let width = UInt64(width)
        for gap in gaps {
            var quotient = gap / divisor
            let remainder = gap - quotient * divisor
            while quotient >= 24 {
                writer.append(0xff_ffff, 24)
                quotient -= 24
            }
            writer.append(1 << UInt64(quotient) - 1, UInt64(quotient) + 1)
            guard divisor > 1 else { continue }
            if remainder < shorter {
                writer.append(UInt64(remainder), width - 1)
            } else {
                let wide = remainder + shorter
                writer.append(UInt64(wide >> 1) | UInt64(wide & 1) << (width - 1), width)
            }
        }
        return writer.finish()
    }

    /// Reads `positions.count` gaps and stores the positions that they lead to, all below `elementCount`.
    ///
    /// - Throws: `malformed` where a position would lie outside, bits are missing, or bits follow.
    func decode(
        _ source: UnsafeRawBufferPointer, elementCount: Int, into positions: UnsafeMutableBufferPointer<UInt32>
    ) throws(SparsifyError) {
        let bitLimit = source.count * 8
        // Whole words may be loaded up to here; the last bytes are read one by one.
        let wordLimit = source.count - 8
        var bit = 0
        var next = 0
        let divisor = self.divisor
        let shorter = UInt64(self.shorter)
        let narrow = UInt64(max(width - 1, 0))
        let narrowMask: UInt64 = 1 << narrow - 1

        @inline(__always) func bits(at bit: Int) -> UInt64 {
            let byte = bit >> 3
            if byte <= wordLimit {
                return UInt64(littleEndian: source.loadUnaligned(fromByteOffset: byte, as: UInt64.self))
                    >> UInt64(bit & 7)
            }
            var word: UInt64 = 0
            var shift: UInt64 = 0
            for index in min(byte, source.count)..<source.count {
                word |= UInt64(source[index]) << shift
                shift += 8
            }
            return word >> UInt64(bit & 7)
        }

        for index in 0..<positions.count {
            var window = bits(at: bit)
            var quotient = (~window).trailingZeroBitCount
            // 57 bits are sure; a longer run of ones is read piece by piece.
            if quotient + Int(narrow) + 2 > 56 {
                quotient = 0
                while true {
                    let ones = min((~bits(at: bit)).trailingZeroBitCount, 32)
                    quotient += ones
                    bit += ones
                    if ones < 32 { break }
                    guard bit <= bitLimit else { throw Self.truncated }
                }
                bit += 1
                window = bits(at: bit)
            } else {
                window >>= UInt64(quotient + 1)
                bit += quotient + 1
            }
            var gap = quotient &* divisor
            if divisor > 1 {
                var remainder = window & narrowMask
                bit += Int(narrow)
                if remainder >= shorter {
                    remainder = remainder << 1 | (window >> narrow & 1)
                    remainder -= shorter
                    bit += 1
                }
                gap &+= Int(remainder)
            }
            next &+= gap
            guard next < elementCount, bit <= bitLimit else {
                throw bit > bitLimit ? Self.truncated : Self.outside(elementCount)
            }
            positions[index] = UInt32(truncatingIfNeeded: next)
            next += 1
        }
        guard bitLimit - bit < 8, bit == bitLimit || bits(at: bit) == 0 else {
            throw SparsifyError(.malformed, "Bits follow the last gap of a chunk.")
        }
    }

    private static var truncated: SparsifyError {
        SparsifyError(.malformed, "The gaps of a chunk end before its last element.")
    }

    private static func outside(_ count: Int) -> SparsifyError {
        SparsifyError(.malformed, "The gaps of a chunk lead past its \(count) elements.")
    }
}
