internal import LinearAlgebra

/// Half a cosine from the full rate down to a share of it (Loshchilov and Hutter 2017, without restarts).
public struct CosineRate: LearningRateSchedule {
    /// What is left at the end.
    public var last: Double

    public init(last: Double = 0) { self.last = last }

    public var id: String { "cosine" }
    public var summary: String { "half a cosine, from the rate down to zero" }

    public func factor(step: Int, of total: Int) -> Double {
        last + (1 - last) * Self.fall(Double(step) / Double(max(total, 1)))
    }

    /// From 1 at 0 to 0 at 1.
    static func fall(_ position: Double) -> Double {
        (1 + Double.cosine(Double.pi * min(max(position, 0), 1))) / 2
    }
}
