internal import Tensors

/// Random: a uniform score from seed, tensor and position alone; the floor that any other criterion must beat.
public struct RandomCriterion: PruningCriterion {
    public let seed: UInt64

    public init(seed: UInt64) { self.seed = seed }

    public var id: String { "random" }
    public var summary: String { "uniform from --seed; needs nothing (the floor of any comparison)" }

    public func score(_ tile: WeightTile, into scores: ScoreBuffer) {
        let stream = SplitMix64.mix(seed &+ SplitMix64.step &* UInt64(tile.tensor + 1))
        for index in 0..<tile.count {
            let bits = SplitMix64.mix(stream &+ UInt64(tile.offset + index) &* SplitMix64.step)
            switch scores {
            // 24 and 53 bits are what the formats hold; ties are broken by position.
            case .single(let buffer): buffer[index] = Float(bits >> 40) * 0x1p-24
            case .double(let buffer): buffer[index] = Double(bits >> 11) * 0x1p-53
            }
        }
    }
}
