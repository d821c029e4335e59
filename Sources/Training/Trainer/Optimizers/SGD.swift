internal import CVectorKernels

/// Stochastic gradient descent, with momentum μ: v ← μ v + g, w ← w − η v; with Nesterov's look ahead w ← w − η (g + μ v)
/// (Sutskever et al. 2013).
public struct SGD: Optimizer {
    public var momentum: Float
    public var isNesterov: Bool

    public init(momentum: Float = 0.9, isNesterov: Bool = false) {
        self.momentum = momentum
        self.isNesterov = isNesterov
    }

    public var id: String { isNesterov ? "nesterov" : "sgd" }
    public var summary: String {
        isNesterov
            ? "v <- m v + g, w <- w - r (g + m v); momentum m = 0.9" : "v <- m v + g, w <- w - r v; momentum m = 0.9"
    }
    public var standardRate: Double { 0.05 }
    public var momentCount: Int { momentum == 0 ? 0 : 1 }

    public func update(_ run: VariableRun) {
        guard momentum != 0 else {
            for index in 0..<run.count { run.values[index] -= run.learningRate * run.gradient[index] }
            return
        }
        vk_momentum(
            run.gradient, run.values, run.moments[0], run.count, momentum, run.learningRate, isNesterov ? 1 : 0)
    }
}
