/// Adam with weight decay apart from the gradient (Loshchilov and Hutter 2019): w ← w − η λ w, then Adam's step.
public struct AdamW: Optimizer {
    public var adam: Adam

    public init(_ adam: Adam = Adam()) { self.adam = adam }

    public var id: String { "adamw" }
    public var summary: String { "Adam; weight decay shrinks the weights themselves, not through the gradient" }
    public var standardRate: Double { adam.standardRate }
    public var momentCount: Int { adam.momentCount }
    public var decouplesWeightDecay: Bool { true }

    public func update(_ run: VariableRun) {
        if run.weightDecay != 0 {
            let factor = 1 - run.learningRate * run.weightDecay
            for index in 0..<run.count { run.values[index] *= factor }
        }
        adam.update(run)
    }
}
