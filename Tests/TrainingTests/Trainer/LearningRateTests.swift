import Testing

@testable import Training

@Suite struct LearningRateTests {
    private func close(_ value: Double, _ expected: Double) -> Bool { abs(value - expected) < 1e-12 }

    @Test func constant() {
        #expect((0..<10).allSatisfy { ConstantRate().factor(step: $0, of: 10) == 1 })
    }

    /// (1 + cos(π t)) / 2
    @Test func cosine() {
        let rate = CosineRate()
        #expect(close(rate.factor(step: 0, of: 100), 1))
        #expect(close(rate.factor(step: 25, of: 100), 0.8535533905932737))
        #expect(close(rate.factor(step: 50, of: 100), 0.5))
        #expect(close(rate.factor(step: 75, of: 100), 0.14644660940672627))
    }

    @Test func step() {
        let rate = StepRate()
        #expect((0..<9).map { rate.factor(step: $0, of: 9) }.prefix(3).allSatisfy { $0 == 1 })
        #expect(close(rate.factor(step: 3, of: 9), 0.1) && close(rate.factor(step: 8, of: 9), 0.01))
    }

    @Test func oneCycle() {
        let rate = OneCycleRate()
        let factors = (0..<101).map { rate.factor(step: $0, of: 101) }
        #expect(close(factors[0], 1.0 / 25) && close(factors[30], 1) && close(factors[100], 1e-5))
        #expect(zip(factors, factors.dropFirst()).prefix(30).allSatisfy { $0 < $1 })
        #expect(zip(factors, factors.dropFirst()).dropFirst(30).allSatisfy { $0 > $1 })
    }

    @Test func warmUp() {
        let rate = WarmUpRate(steps: 4, then: CosineRate())
        #expect((0..<4).map { rate.factor(step: $0, of: 104) }.elementsEqual([0.2, 0.4, 0.6, 0.8], by: close))
        #expect(close(rate.factor(step: 4, of: 104), 1) && close(rate.factor(step: 54, of: 104), 0.5))
    }
}
