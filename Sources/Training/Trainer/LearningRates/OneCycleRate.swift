/// Up from a small rate to the full one, then down to almost nothing, both by half a cosine (Smith and Topin 2018).
public struct OneCycleRate: LearningRateSchedule {
    /// Share of the training that the way up takes.
    public var rise: Double
    /// The rate at the start, as a share of the highest.
    public var first: Double
    /// That at the end.
    public var last: Double

    public init(rise: Double = 0.3, first: Double = 1.0 / 25, last: Double = 1e-5) {
        self.rise = rise
        self.first = first
        self.last = last
    }

    public var id: String { "one-cycle" }
    public var summary: String {
        "up from a 25th to the rate within three tenths of the training, then down to nothing"
    }

    public func factor(step: Int, of total: Int) -> Double {
        let position = Double(step) / Double(max(total - 1, 1))
        if position < rise { return 1 - (1 - first) * CosineRate.fall(position / rise) }
        return last + (1 - last) * CosineRate.fall((position - rise) / max(1 - rise, .leastNormalMagnitude))
    }
}
