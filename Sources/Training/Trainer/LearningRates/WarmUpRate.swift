/// Another schedule after a linear rise from almost nothing (Goyal et al. 2017).
public struct WarmUpRate: LearningRateSchedule {
    public var steps: Int
    public var base: any LearningRateSchedule

    public init(steps: Int, then base: any LearningRateSchedule) {
        self.steps = max(steps, 0)
        self.base = base
    }

    public var id: String { base.id }
    public var summary: String { base.summary + "; after a linear rise" }

    public func factor(step: Int, of total: Int) -> Double {
        if step < steps {
            return Double(step + 1) / Double(steps + 1) * base.factor(step: 0, of: max(total - steps, 1))
        }
        return base.factor(step: step - steps, of: max(total - steps, 1))
    }
}
