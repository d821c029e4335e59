import Testing

@testable import Networks
@testable import Training

/// Dropout of the states of recurrent layers: the same elements before every step (Gal and Ghahramani 2016), as in Keras 3.
@Suite struct StateDropoutTests {
    private struct Run {
        var output: [Double]
        /// By the input, and by each parameter.
        var gradients: [[Double]]
    }

    private static func run(
        _ inputs: [[Double]], _ parameters: [[Double]], seed: UInt64?,
        _ make: (Chance) throws -> RecurrenceOperation<Double>
    ) throws -> Run {
        let chance = Chance()
        chance.seed = seed
        let pool = BlockPool<Double>()
        func block(_ values: [Double]) -> Block<Double> {
            let block = pool.block(values.count)
            for (index, value) in values.enumerated() { block.base[index] = value }
            return block
        }
        func values(_ block: Block<Double>) -> [Double] { (0..<block.count).map { block.base[$0] } }
        let operation = try make(chance)
        let (given, held) = (inputs.map(block), parameters.map(block))
        let outputs = operation.forward(given, held, pool)
        let slopes = block((0..<outputs[0].count).map { Double($0 % 5) - 1.5 })
        let sums = parameters.map { pool.zeros($0.count) }
        let found = operation.backward(
            BackwardStep(
                inputs: given, parameters: held, outputs: outputs, gradients: [slopes],
                needsInput: inputs.indices.map { $0 == 0 }, parameterGradients: sums), pool)
        return Run(output: values(outputs[0]), gradients: [values(found[0]!)] + sums.map(values))
    }

    /// h' = f h + 1: 1, 1, 1 where the state is dropped, and 1, 3, 7 where it is kept and doubled.
    @Test func allStepsShareTheirFate() throws {
        var primitive = Recurrence(
            .simple, units: 1, hasBias: true, returnsSequences: true, activation: Activation("linear"))
        primitive.stateDropout = 0.5
        func sequences(_ seed: UInt64?) throws -> [[Double]] {
            let output = try Self.run([Array(repeating: 0, count: 3 * 64)], [[0], [1], [1]], seed: seed) {
                try RecurrenceOperation(
                    primitive, input: ValueShape(rows: 64, extents: [3, 1]), chance: $0, number: 3)
            }.output
            return (0..<64).map { Array(output[$0 * 3..<$0 * 3 + 3]) }
        }
        let drawn = try sequences(1)
        #expect(Set(drawn) == [[1, 1, 1], [1, 3, 7]])
        #expect(try drawn != sequences(2))
        #expect(try Set(sequences(nil)) == [[1, 2, 3]])
    }

    /// Each element of the image has a fate of its own, the same at all times.
    @Test func convolutionalStates() throws {
        var primitive = ConvolutionalRecurrence(
            window: Window(size: [1], strides: [1], padding: .valid), filters: 1, channels: .last, hasBias: true,
            returnsSequences: true, activation: Activation("linear"), recurrentActivation: Activation("linear"))
        primitive.stateDropout = 0.5
        // c' = c + 1 with gates i, f, o of 1; o also sees the state: h' = (1 + h) c'.
        let parameters: [[Double]] = [[0, 0, 0, 0], [0, 0, 0, 1], [1, 1, 1, 1]]
        func sequences(_ seed: UInt64?) throws -> [[Double]] {
            let shape = try ValueShape(rows: 8, extents: [3, 8, 1])
            let output = try Self.run([Array(repeating: 0, count: shape.count)], parameters, seed: seed) {
                try RecurrenceOperation(primitive, input: shape, output: shape, chance: $0, number: 3)
            }.output
            return (0..<64).map { place in
                (0..<3).map { output[place / 8 * 24 + $0 * 8 + place % 8] }
            }
        }
        let drawn = try sequences(1)
        // 1, (1 + 2 · 1) 2 and (1 + 2 · 6) 3 where it is kept and doubled.
        #expect(Set(drawn) == [[1, 2, 3], [1, 6, 39]])
        #expect(try drawn != sequences(2))
        #expect(try Set(sequences(nil)) == [[1, 4, 15]])
    }

    @Test(
        arguments: [
            .simple, .lstm, .gru(resetsAfter: true), .gru(resetsAfter: false),
        ] as [Recurrence.Cell], [false, true])
    func theGradientIsADifference(cell: Recurrence.Cell, hasMask: Bool) throws {
        let (rows, steps, features, units) = (2, 3, 2, 3)
        var primitive = Recurrence(cell, units: units, hasBias: true, returnsSequences: true)
        primitive.stateDropout = 0.4
        primitive.hasMask = hasMask
        let width = units * primitive.gates
        func numbers(_ count: Int, _ phase: Double) -> [Double] {
            (0..<count).map { (Double($0 * 7 % 11) - 5) / 8 + phase }
        }
        let biases = cell == .gru(resetsAfter: true) ? 2 : 1
        let mask: [[Double]] = hasMask ? [[1, 0, 1, 1, 1, 0]] : []
        var all = [
            numbers(rows * steps * features, 0.1), numbers(features * width, 0.05), numbers(units * width, -0.1),
            numbers(biases * width, 0),
        ]
        func run() throws -> Run {
            try Self.run([all[0]] + mask, Array(all[1...]), seed: 11) {
                try RecurrenceOperation(
                    primitive, input: ValueShape(rows: rows, extents: [steps, features]), chance: $0, number: 3)
            }
        }
        func value() throws -> Double {
            try run().output.enumerated().reduce(0) { $0 + $1.element * (Double($1.offset % 5) - 1.5) }
        }
        let gradients = try run().gradients
        primitive.stateDropout = 0
        #expect(try run().gradients != gradients)
        primitive.stateDropout = 0.4
        for vector in all.indices {
            for index in all[vector].indices {
                let kept = all[vector][index]
                all[vector][index] = kept + 1e-5
                let above = try value()
                all[vector][index] = kept - 1e-5
                let below = try value()
                all[vector][index] = kept
                #expect(abs((above - below) / 2e-5 - gradients[vector][index]) < 1e-7)
            }
        }
    }
}
