import Testing

@testable import Inference
@testable import Networks

/// Recurrent cells against a loop over rows and steps.
@Suite struct RecurrenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var cell: Recurrence.Cell
        var sumsTwoBiases = false
        var testDescription: String { "\(cell)\(sumsTwoBiases ? ", two biases" : "")" }
    }

    static let cells = [
        Case(cell: .simple), Case(cell: .lstm), Case(cell: .lstm, sumsTwoBiases: true),
        Case(cell: .gru(resetsAfter: false)), Case(cell: .gru(resetsAfter: true)),
    ]

    private func net(_ entry: Case, _ rule: Recurrence, steps: Int) throws -> (net: Net, outputs: [ValueID]) {
        let net = Net()
        let width = rule.units * rule.gates
        var inputs = [net.input(steps, 3)]
        if rule.hasMask { inputs.append(net.input(steps)) }
        if rule.hasInitialState { inputs += (0..<rule.stateCount).map { _ in net.input(rule.units) } }
        var weights = [net.parameter([3, width]), net.parameter([rule.units, width])]
        if rule.hasBias {
            let shape =
                entry.sumsTwoBiases ? [2 * width] : entry.cell == .gru(resetsAfter: true) ? [2, width] : [width]
            weights.append(net.parameter(shape))
        }
        let outputs = try net.pushAll(.recurrence(rule), inputs, weights)
        return (net, outputs)
    }

    /// Every way to walk: both directions, with and without mask, states to begin with, sequences and states back.
    @Test(arguments: cells)
    func walks(entry: Case) throws {
        for choice in 0..<64 {
            func has(_ bit: Int) -> Bool { choice >> bit & 1 == 1 }
            var rule = Recurrence(
                entry.cell, units: 4, hasBias: entry.sumsTwoBiases || !has(5), returnsSequences: has(0),
                returnsState: true,
                goesBackwards: has(1))
            rule.hasMask = has(2)
            rule.hasInitialState = has(3)
            rule.zeroesMaskedOutputs = has(4)
            rule.sumsTwoBiases = entry.sumsTwoBiases
            let (net, outputs) = try net(entry, rule, steps: 5)
            // About a third of the mask is zero.
            try expectAgreement(net, outputs, rows: 5) { rule.hasMask ? ($0 * 1.5).rounded() : $0 }
        }
    }

    @Test(arguments: cells, [(1, 1), (1, 17), (7, 33)])
    func sizes(entry: Case, size: (steps: Int, units: Int)) throws {
        var rule = Recurrence(
            entry.cell, units: size.units, hasBias: true, returnsSequences: true,
            activation: Activation("relu").canonical(), recurrentActivation: Activation("hard_sigmoid").canonical())
        rule.sumsTwoBiases = entry.sumsTwoBiases
        let (net, outputs) = try net(entry, rule, steps: size.steps)
        for rows in [1, 2, 9] { try expectAgreement(net, outputs, rows: rows) { $0 * 0.25 } }
    }

    /// A batch begins where the one before ended, and each run at zero.
    @Test(arguments: cells, [false, true])
    func statefulLayers(entry: Case, returnsSequences: Bool) throws {
        var rule = Recurrence(entry.cell, units: 4, hasBias: true, returnsSequences: returnsSequences)
        rule.sumsTwoBiases = entry.sumsTwoBiases
        let (whole, outputs) = try net(entry, rule, steps: 6)
        rule.isStateful = true
        let (parts, partOutputs) = try net(entry, rule, steps: 2)
        let (long, short) = (whole.network(outputs), parts.network(partOutputs))
        #expect(!long.isStateful && short.isStateful)
        let input = randomInputs(long, rows: 2)[0]
        let wanted = try NetworkRunner<Float>(long, parameters: whole.source, threads: 1).run([tensor(input)])[0]
        // Two examples a batch: both of steps 0 and 1, then both of 2 and 3, …
        var numbers: [Double] = []
        for part in 0..<3 {
            for row in 0..<2 {
                let start = (row * 6 + part * 2) * 3
                numbers += input.numbers[start..<start + 6]
            }
        }
        let runner = NetworkRunner<Float>(short, parameters: parts.source, threads: 2)
        let cut = try tensor(Values(rows: 6, extents: [2, 3], numbers: numbers)) as Tensor<Float>
        let found = try runner.run([cut], batch: 2)[0]
        let length = returnsSequences ? 8 : 4
        for row in 0..<2 {
            let last = Array(found.values.prefix((5 + row) * length).suffix(4))
            let end = Array(wanted.values.prefix((row + 1) * wanted.values.count / 2).suffix(4))
            #expect(gap(last, end.map(Double.init)) < 1e-5)
        }
        #expect(try runner.run([cut], batch: 2)[0] == found)
        // In one batch there is no state to carry over.
        #expect(try runner.run([cut], batch: 6)[0] != found)
    }

    // MARK: Convolutional

    @Test(arguments: 0..<32)
    func convolutionalWalks(choice: Int) throws {
        func has(_ bit: Int) -> Bool { choice >> bit & 1 == 1 }
        let net = Net()
        let window = Window(
            size: [2, 3], strides: has(4) ? [2, 1] : [1, 1], padding: has(1) ? .same : .valid)
        var rule = ConvolutionalRecurrence(
            window: window, filters: 2, channels: .last, hasBias: has(0), returnsSequences: has(2), returnsState: true,
            goesBackwards: has(3))
        rule.hasMask = has(1)
        rule.zeroesMaskedOutputs = has(4)
        rule.hasInitialState = has(3)
        var inputs = [net.input(3, 4, 5, 2)]
        if rule.hasMask { inputs.append(net.input(3)) }
        if rule.hasInitialState {
            let spatial = try window.outputs([4, 5])
            inputs += (0..<2).map { _ in net.input(spatial + [2]) }
        }
        var weights = [net.parameter([2, 3, 2, 8]), net.parameter([2, 3, 2, 8])]
        if rule.hasBias { weights.append(net.parameter([8])) }
        let outputs = try net.pushAll(.convolutionalRecurrence(rule), inputs, weights)
        try expectAgreement(net, outputs, rows: 3) { rule.hasMask ? ($0 * 1.5).rounded() : $0 }
    }
}
