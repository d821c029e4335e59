import Tensors
import Testing

@testable import SparseCoding

@Suite struct GolombCodeTests {
    /// The code as the specification words it, bit by bit.
    private static func reference(_ gaps: [Int], divisor: Int) -> [UInt8] {
        var bits: [Bool] = []
        var b = 0
        while 1 << b < divisor { b += 1 }
        let c = (1 << b) - divisor
        for gap in gaps {
            bits += [Bool](repeating: true, count: gap / divisor) + [false]
            guard divisor > 1 else { continue }
            let r = gap % divisor
            let short = r < c ? r : (r + c) / 2
            for bit in 0..<(b - 1) { bits.append(short >> bit & 1 == 1) }
            if r >= c { bits.append((r + c) % 2 == 1) }
        }
        var bytes = [UInt8](repeating: 0, count: (bits.count + 7) / 8)
        for (index, bit) in bits.enumerated() where bit { bytes[index / 8] |= 1 << UInt8(index % 8) }
        return bytes
    }

    private static func encode(_ gaps: [Int], _ code: GolombCode) -> [UInt8] {
        let room = (gaps.reduce(0) { $0 + code.bitCount($1) } + 7) / 8 + 8
        return [UInt8](unsafeUninitializedCapacity: room) { buffer, count in
            count = gaps.map { UInt32($0) }.withUnsafeBufferPointer { code.encode($0, into: buffer.baseAddress!) }
        }
    }

    private static func decode(_ bytes: [UInt8], _ code: GolombCode, count: Int, elementCount: Int) throws -> [Int] {
        var positions = [UInt32](repeating: 0, count: count)
        try positions.withUnsafeMutableBufferPointer { positions in
            try bytes.withUnsafeBytes { try code.decode($0, elementCount: elementCount, into: positions) }
        }
        return positions.map(Int.init)
    }

    private static func check(_ gaps: [Int], divisor: Int) throws {
        let code = GolombCode(divisor: divisor)
        let bytes = encode(gaps, code)
        #expect(bytes == reference(gaps, divisor: divisor))
        #expect(bytes.count == (gaps.reduce(0) { $0 + code.bitCount($1) } + 7) / 8)
        var next = 0
        let positions = gaps.map { gap in
            next += gap + 1
            return next - 1
        }
        #expect(try decode(bytes, code, count: gaps.count, elementCount: next) == positions)
        // The last of them lies outside a chunk that is one element shorter.
        #expect(throws: SparsifyError.self) {
            try decode(bytes, code, count: gaps.count, elementCount: next - 1)
        }
        // Neither a byte less nor a byte more will do.
        #expect(throws: SparsifyError.self) {
            try decode(Array(bytes.dropLast()), code, count: gaps.count, elementCount: next)
        }
        #expect(throws: SparsifyError.self) {
            try decode(bytes + [0], code, count: gaps.count, elementCount: next)
        }
    }

    @Test(arguments: 1...70) func writesWhatTheSpecificationSaysAndReadsItBack(_ divisor: Int) throws {
        var random = SplitMix64(seed: UInt64(divisor))
        try Self.check(Array(0...(3 * divisor + 2)), divisor: divisor)
        try Self.check((0..<300).map { _ in Int(random.next() % UInt64(4 * divisor)) }, divisor: divisor)
        // Quotients about the widths at which code may switch: 24, 32, 56, 57, 64.
        let quotients = [0, 1, 22, 23, 24, 25, 31, 32, 33, 47, 48, 49, 55, 56, 57, 58, 63, 64, 65, 200]
        for start in 0..<8 {
            try Self.check(
                [Int](repeating: 0, count: start) + quotients.flatMap { [$0 * divisor, $0 * divisor + divisor - 1] },
                divisor: divisor)
        }
    }

    @Test(arguments: [1, 2, 3, 7, 64, 70, 1000, 1 << 20, 1 << 24]) func spansWideGaps(_ divisor: Int) throws {
        try Self.check([3, 1 << 20, 0, 1 << 20 + 12_345, 5], divisor: divisor)
        try Self.check([1 << 21], divisor: divisor)
    }

    @Test(arguments: [127, 128, 129, 1023, 1024, 1025, 65_535, 65_537, 1 << 24 - 1, 1 << 24])
    func wideDivisors(_ divisor: Int) throws {
        try Self.check([0, 1, divisor / 2, divisor - 1, divisor % 4096, 1 << 22 - 1], divisor: divisor)
    }

    @Test func theDivisorOfFewestBitsIsTaken() {
        var random = SplitMix64(seed: 5)
        for mean in [0, 1, 4, 19, 99, 2000] {
            let gaps = (0..<4000).map { _ in mean == 0 ? 0 : UInt32(random.next() % UInt64(2 * mean)) }
            gaps.withUnsafeBufferPointer { buffer in
                let best = GapStatistics(buffer).bestGolomb()
                let size = (gaps.reduce(0) { $0 + GolombCode(divisor: best.divisor).bitCount(Int($1)) } + 7) / 8
                #expect(best.bytes == size)
                // No divisor near it is better by more than 3 %.
                for divisor in 1...max(2 * mean, 2) {
                    let other = (gaps.reduce(0) { $0 + GolombCode(divisor: divisor).bitCount(Int($1)) } + 7) / 8
                    #expect(Double(best.bytes) <= 1.03 * Double(other) + 2)
                }
            }
        }
    }

    @Test func gapStatisticsCountTheByteCode() {
        let gaps: [UInt32] = [0, 254, 255, 256, 509, 510, 1023, 1024, 70_000, 3]
        let bytes = gaps.reduce(0) { $0 + 1 + Int($1) / 255 }
        gaps.withUnsafeBufferPointer { #expect(GapStatistics($0).gapByteCount == bytes) }
    }
}
