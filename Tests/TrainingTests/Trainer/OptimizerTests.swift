import Testing

@testable import Training

/// Against Keras 3.15 on TensorFlow: three steps from the same weights with the same gradients.
@Suite struct OptimizerTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var optimizer: any Optimizer
        var rate: Float
        var decay: Float = 0
        var expected: [Float]
        var testDescription: String { optimizer.id }
    }

    static let cases = [
        Case(
            optimizer: SGD(), rate: 0.05,
            expected: [1.0314499139785767, -2.013399839401245, 0.4648500084877014, 3.0309998989105225]),
        Case(
            optimizer: SGD(isNesterov: true), rate: 0.05,
            expected: [1.0458049774169922, -2.02455997467041, 0.46336501836776733, 3.0678999423980713]),
        Case(
            optimizer: Adam(), rate: 0.01,
            expected: [0.9999632835388184, -1.9971837997436523, 0.48080581426620483, 2.9976954460144043]),
        Case(
            optimizer: AdamW(), rate: 0.01, decay: 0.1,
            expected: [0.9969803094863892, -1.9912060499191284, 0.4793360233306885, 2.9887118339538574]),
    ]

    @Test(arguments: cases) func threeSteps(entry: Case) {
        var values: [Float] = [1, -2, 0.5, 3]
        let gradients: [[Float]] = [[0.1, -0.2, 0.3, 0], [-0.5, 0.4, 0.1, 0.2], [0.05, 0.05, -0.3, -1]]
        var moments = [[Float]](repeating: [0, 0, 0, 0], count: entry.optimizer.momentCount)
        for (step, gradient) in gradients.enumerated() {
            run(entry.optimizer, &values, gradient, &moments, entry.rate, entry.decay, step + 1)
        }
        for (value, expected) in zip(values, entry.expected) { #expect(abs(value - expected) < 2e-6) }
    }

    /// What is held at zero stays there, to the sign.
    @Test(arguments: cases) func zerosStay(entry: Case) {
        var values: [Float] = [0, 1]
        var moments = [[Float]](repeating: [0, 0], count: entry.optimizer.momentCount)
        for step in 1...3 { run(entry.optimizer, &values, [0, 0.5], &moments, entry.rate, entry.decay, step) }
        #expect(values[0].bitPattern == 0 && values[1] != 1)
        #expect(moments.allSatisfy { $0[0].bitPattern == 0 })
    }

    private func run(
        _ optimizer: any Optimizer, _ values: inout [Float], _ gradient: [Float], _ moments: inout [[Float]],
        _ rate: Float, _ decay: Float, _ step: Int
    ) {
        let pointers = moments.map { moment in
            let pointer = UnsafeMutablePointer<Float>.allocate(capacity: moment.count)
            pointer.initialize(from: moment, count: moment.count)
            return pointer
        }
        values.withUnsafeMutableBufferPointer { values in
            gradient.withUnsafeBufferPointer { gradient in
                optimizer.update(
                    VariableRun(
                        count: values.count, values: values.baseAddress!, gradient: gradient.baseAddress!,
                        moments: pointers, learningRate: rate, weightDecay: decay, step: step))
            }
        }
        for (index, pointer) in pointers.enumerated() {
            moments[index] = Array(UnsafeBufferPointer(start: pointer, count: moments[index].count))
            pointer.deallocate()
        }
    }
}
