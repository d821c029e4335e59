/// SplitMix64 (Steele, Lea, Flood 2014): numbers at random that a seed determines, the same everywhere and for ever.
public struct SplitMix64: Sendable, Hashable {
    private var state: UInt64

    @inlinable public static var step: UInt64 { 0x9e37_79b9_7f4a_7c15 }

    public init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    /// A number below `bound`, which is positive, each equally likely (Lemire 2019).
    public mutating func next(below bound: Int) -> Int {
        let bound = UInt64(bound)
        var product = next().multipliedFullWidth(by: bound)
        if product.low < bound {
            let least = (0 &- bound) % bound
            while product.low < least { product = next().multipliedFullWidth(by: bound) }
        }
        return Int(product.high)
    }

    /// A number from 0 up to, not including, 1, of 53 bits.
    public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// The function that turns a counter into bits at random.
    @inlinable public static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

extension SplitMix64 {
    /// The first `count` of the numbers below `total` in an order at random: a shuffle that stops there, so that its
    /// memory goes by `count`.
    public mutating func sample(_ count: Int, of total: Int) -> [Int] {
        var moved: [Int: Int] = [:]
        return (0..<min(count, total)).map { place in
            let chosen = place + next(below: total - place)
            defer { moved[chosen] = moved[place] ?? place }
            return moved[chosen] ?? chosen
        }
    }
}
