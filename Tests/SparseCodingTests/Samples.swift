import Tensors

/// SplitMix64: the same numbers on every machine, so that a failure can be repeated.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// Which elements are kept.
enum Mask: String, CaseIterable, Sendable {
    case full, tiny, half, most, nearlyAll, allZero, single, onlyFirst, onlyLast, nearlyFull, periodic, wideGaps

    func kept(_ count: Int, _ random: inout SplitMix64) -> [Bool] {
        var result = [Bool](repeating: self == .full, count: self == .single ? 1 : count)
        switch self {
        case .full, .allZero: break
        case .single, .onlyFirst: result[0] = true
        case .onlyLast: result[count - 1] = true
        case .periodic: for index in stride(from: 3, to: count, by: 7) { result[index] = true }
        case .wideGaps: for index in stride(from: 600, to: count, by: 766) { result[index] = true }
        case .tiny: result = random.mask(count, keep: 0.001)
        case .half: result = random.mask(count, keep: 0.5)
        case .most: result = random.mask(count, keep: 0.2)
        case .nearlyAll: result = random.mask(count, keep: 0.01)
        case .nearlyFull: result = random.mask(count, keep: 0.97)
        }
        return result
    }
}

/// What the kept elements are.
enum Values: String, CaseIterable, Sendable {
    case random, constant, special, runs, trained

    /// Elements of `width` bytes, none of them all zero bits.
    func element(_ index: Int, width: Int, _ random: inout SplitMix64) -> UInt64 {
        let mask: UInt64 = width == 8 ? .max : 1 << UInt64(8 * width) - 1
        let top: UInt64 = 1 << UInt64(8 * width - 1)
        switch self {
        case .random: return max(random.next() & mask, 1)
        case .constant: return 0x3f80_0000_3f80_3f81 & mask
        case .runs: return UInt64(index / 50 % 9 + 1) &* 0x0101_0101_0101_0101 & mask
        case .trained: return (random.next() & (mask >> 3)) | top >> 2
        case .special:
            let values: [UInt64] =
                switch width {
                case 1: [0x80, 0xff, 1, 0x7f]
                // Negative zero, infinities, quiet and signalling NaN with payloads, the least subnormal.
                case 2: [0x8000, 0x7c00, 0xfc00, 0x7e01, 0x7c01, 1, 0x0100, 0xff80]
                case 4: [0x8000_0000, 0x7f80_0000, 0xff80_0000, 0x7fc0_0001, 0x7f80_0001, 1, 0x0100_0000, 0x100]
                default:
                    [
                        0x8000_0000_0000_0000, 0x7ff0_0000_0000_0000, 0xfff0_0000_0000_0000, 0x7ff8_0000_0000_0001,
                        0x7ff0_0000_0000_0001, 1, 0x0100_0000_0000_0000, 0x1_0000_0000,
                    ]
                }
            return values[Int(random.next() % UInt64(values.count))]
        }
    }
}

extension SplitMix64 {
    mutating func mask(_ count: Int, keep: Double) -> [Bool] {
        let threshold = UInt64(keep * 0x1p32)
        return (0..<count).map { _ in next() >> 32 < threshold }
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next() >> 24) }
    }
}

/// Elements in little-endian bytes, with what is known of them.
struct Sample {
    var bytes: [UInt8] = []
    var width: Int
    var positions: [Int] = []
    /// The bytes of the non-zero elements.
    var values: [UInt8] = []

    var count: Int { bytes.count / width }

    init(_ elements: [UInt64], width: Int) {
        self.width = width
        for (index, element) in elements.enumerated() {
            let encoded = (0..<width).map { UInt8(truncatingIfNeeded: element >> UInt64(8 * $0)) }
            bytes += encoded
            guard element != 0 else { continue }
            positions.append(index)
            values += encoded
        }
    }

    init(kept: [Bool], values: Values = .random, width: Int = 4, _ random: inout SplitMix64) {
        self.init(
            kept.enumerated().map { $1 ? values.element($0, width: width, &random) : 0 }, width: width)
    }

    init(_ mask: Mask, _ values: Values, width: Int, count: Int, seed: UInt64 = 1) {
        var random = SplitMix64(seed: seed)
        self.init(kept: mask.kept(count, &random), values: values, width: width, &random)
    }
}

/// A copy of `bytes` as aligned as the encoder and decoder want their elements.
func aligned(_ bytes: [UInt8]) -> RawBuffer {
    let buffer = RawBuffer(byteCount: bytes.count)
    bytes.withUnsafeBytes { buffer.bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[...])) }
    return buffer
}
