/// A tenth of the rate, or another share, after each of a few equal parts of the training.
public struct StepRate: LearningRateSchedule {
    public var parts: Int
    public var share: Double

    public init(parts: Int = 3, share: Double = 0.1) {
        self.parts = max(parts, 1)
        self.share = share
    }

    public var id: String { "step" }
    public var summary: String { "a tenth of the rate after each third of the training" }

    public func factor(step: Int, of total: Int) -> Double {
        var result = 1.0
        for _ in 0..<min(step * parts / max(total, 1), parts - 1) { result *= share }
        return result
    }
}
