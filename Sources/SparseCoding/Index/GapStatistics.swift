internal import Tensors

/// What the gaps of a chunk would cost in each code, computed without writing them.
struct GapStatistics {
    /// Bytes of the byte-wise gap code before compression.
    let gapByteCount: Int
    /// Those bytes in a Huffman code, with room for its table.
    let gapByteEstimate: Int
    private let gaps: UnsafeBufferPointer<UInt32>
    /// Gaps below 1024 by value; the few wider ones are counted one by one.
    private let histogram: [UInt32]
    private let wide: [UInt32]
    private let sum: Int

    struct Golomb {
        var divisor: Int
        var bytes: Int
    }

    init(_ gaps: UnsafeBufferPointer<UInt32>) {
        var histogram = [UInt32](repeating: 0, count: 1024)
        var wide: [UInt32] = []
        var sum = 0
        for gap in gaps {
            sum &+= Int(gap)
            if gap < 1024 { histogram[Int(gap)] &+= 1 } else { wide.append(gap) }
        }
        self.gaps = gaps
        self.histogram = histogram
        self.wide = wide
        self.sum = sum

        var symbols = [UInt32](repeating: 0, count: 256)
        var escapes = 0
        for (gap, count) in histogram.enumerated() where count > 0 {
            symbols[gap % 255] += count
            escapes += gap / 255 * Int(count)
        }
        for gap in wide {
            symbols[Int(gap % 255)] += 1
            escapes += Int(gap / 255)
        }
        symbols[255] = UInt32(truncatingIfNeeded: escapes)
        gapByteCount = gaps.count + escapes
        let distinct = symbols.reduce(0) { $0 + ($1 > 0 ? 1 : 0) }
        gapByteEstimate = symbols.withUnsafeBufferPointer { HuffmanEstimate.bytes($0) } + 16 + distinct / 4
    }

    /// The divisor that costs least among those around ln 2 × the mean gap, which suits a geometric distribution.
    func bestGolomb() -> Golomb {
        let centre = (sum * 45_426 / max(gaps.count, 1)) >> 16
        var best: Golomb?
        for divisor in [centre, centre + 1, centre * 3 / 4, centre / 2] {
            let divisor = min(max(divisor, 1), GolombCode.maximumDivisor)
            let bytes = golombBytes(divisor)
            if bytes < best?.bytes ?? .max { best = Golomb(divisor: divisor, bytes: bytes) }
        }
        return best!
    }

    private func golombBytes(_ divisor: Int) -> Int {
        let code = GolombCode(divisor: divisor)
        var bits = 0
        for (gap, count) in histogram.enumerated() where count > 0 { bits += code.bitCount(gap) * Int(count) }
        for gap in wide { bits += code.bitCount(Int(gap)) }
        return (bits + 7) / 8
    }
}
