internal import Tensors

/// Random: a uniform score from seed, tensor and position alone; the floor that any other criterion must beat.
public struct RandomCriterion: PruningCriterion {
    public let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    public var id: String { "random" }
    public var summary: String { "uniform from --seed; needs nothing (the floor of any comparison)" }

    public func score(_ tile: WeightTile, into scores: ScoreBuffer) {
        let stream = Self.mix(seed &+ 0x9e37_79b9_7f4a_7c15 &* UInt64(tile.tensor + 1))
        for index in 0..<tile.count {
            let bits = Self.mix(stream &+ UInt64(tile.offset + index) &* 0x9e37_79b9_7f4a_7c15)
            switch scores {
            // 24 and 53 bits are what the formats hold; ties are broken by position.
            case .single(let buffer): buffer[index] = Float(bits >> 40) * 0x1p-24
            case .double(let buffer): buffer[index] = Double(bits >> 11) * 0x1p-53
            }
        }
    }

    /// SplitMix64's output function (Steele, Lea, Flood 2014).
    private static func mix(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
