@testable import Networks

/// Recurrent cells, one row and one step after another.
extension Reference {
    /// What `Recurrence` says of time, masks and outputs; `cell` takes the states of a row one step further.
    private static func walk(
        _ inputs: [Values], stateExtents: [Int], stateCount: Int, hasMask: Bool, hasInitialState: Bool,
        returnsSequences: Bool, returnsState: Bool, goesBackwards: Bool, zeroesMaskedOutputs: Bool,
        _ cell: (_ row: Int, _ time: Int, _ states: [[Double]]) -> [[Double]]
    ) -> [Values] {
        let (rows, steps) = (inputs[0].rows, inputs[0].extents[0])
        let length = stateExtents.reduce(1, *)
        let zeros = [Double](repeating: 0, count: length)
        var sequences: [Double] = []
        var lasts: [Double] = []
        var finals = [[Double]](repeating: [], count: stateCount)
        for row in 0..<rows {
            var states = (0..<stateCount).map { state -> [Double] in
                guard hasInitialState else { return zeros }
                let value = inputs[(hasMask ? 2 : 1) + state]
                return Array(value.numbers[row * length..<(row + 1) * length])
            }
            var output = zeros
            for step in 0..<steps {
                let time = goesBackwards ? steps - 1 - step : step
                if hasMask, inputs[1][row, [time]] == 0 {
                    if zeroesMaskedOutputs { output = zeros }
                } else {
                    states = cell(row, time, states)
                    output = states[0]
                }
                sequences += output
            }
            lasts += output
            for state in 0..<stateCount { finals[state] += states[state] }
        }
        let first =
            returnsSequences
            ? Values(rows: rows, extents: [steps] + stateExtents, numbers: sequences)
            : Values(rows: rows, extents: stateExtents, numbers: lasts)
        return [first] + (returnsState ? finals.map { Values(rows: rows, extents: stateExtents, numbers: $0) } : [])
    }

    static func recurrence(_ rule: Recurrence, _ inputs: [Values], _ weights: [Values]) -> [Values] {
        let (units, width) = (rule.units, rule.units * rule.gates)
        let none = [Double](repeating: 0, count: width)
        let biases = rule.hasBias ? weights[2].numbers : none
        let (first, second) = (Array(biases[..<width]), biases.count > width ? Array(biases[width...]) : none)
        func product(_ vector: [Double], _ matrix: Values, _ bias: [Double]) -> [Double] {
            (0..<width).map { column in
                var sum = bias[column]
                for index in 0..<vector.count { sum += vector[index] * matrix.numbers[index * width + column] }
                return sum
            }
        }
        func phi(_ x: Double) -> Double { function(rule.activation, x) }
        func rho(_ x: Double) -> Double { function(rule.recurrentActivation, x) }
        return walk(
            inputs, stateExtents: [units], stateCount: rule.stateCount, hasMask: rule.hasMask,
            hasInitialState: rule.hasInitialState, returnsSequences: rule.returnsSequences,
            returnsState: rule.returnsState, goesBackwards: rule.goesBackwards,
            zeroesMaskedOutputs: rule.zeroesMaskedOutputs
        ) { row, time, states in
            let x = (0..<inputs[0].extents[1]).map { inputs[0][row, [time, $0]] }
            let (a, b) = (product(x, weights[0], first), product(states[0], weights[1], second))
            func gate(_ number: Int, _ unit: Int) -> Double {
                rho(a[number * units + unit] + b[number * units + unit])
            }
            switch rule.cell {
            case .simple: return [(0..<units).map { phi(a[$0] + b[$0]) }]
            case .lstm:
                let cell = (0..<units).map { unit in
                    gate(1, unit) * states[1][unit]
                        + gate(0, unit) * phi(a[2 * units + unit] + b[2 * units + unit])
                }
                return [(0..<units).map { gate(3, $0) * phi(cell[$0]) }, cell]
            case .gru(let resetsAfter):
                let reset = (0..<units).map { gate(1, $0) * states[0][$0] }
                let after = product(reset, weights[1], none)
                return [
                    (0..<units).map { unit in
                        let column = 2 * units + unit
                        let inner = resetsAfter ? gate(1, unit) * b[column] : after[column]
                        let z = gate(0, unit)
                        return z * states[0][unit] + (1 - z) * phi(a[column] + inner)
                    }
                ]
            }
        }
    }

    static func convolutionalRecurrence(
        _ rule: ConvolutionalRecurrence, _ inputs: [Values], _ weights: [Values]
    ) throws -> [Values] {
        let input = inputs[0]
        let stepCount = Array(input.extents.dropFirst()).reduce(1, *)
        func step(_ row: Int, _ time: Int) -> Values {
            let start = (row * input.extents[0] + time) * stepCount
            return Values(
                rows: 1, extents: Array(input.extents.dropFirst()),
                numbers: Array(input.numbers[start..<start + stepCount]))
        }
        func gates(_ value: Values, _ window: Window, _ kernel: Values, _ bias: Values?) -> Values {
            convolve(value, window, filters: 4 * rule.filters, groups: 1, kernel: kernel, bias: bias)
        }
        let bias = rule.hasBias ? weights[2] : nil
        let spatial = Array(gates(step(0, 0), rule.window, weights[0], bias).extents.dropLast())
        return walk(
            inputs, stateExtents: spatial + [rule.filters], stateCount: 2, hasMask: rule.hasMask,
            hasInitialState: rule.hasInitialState, returnsSequences: rule.returnsSequences,
            returnsState: rule.returnsState, goesBackwards: rule.goesBackwards,
            zeroesMaskedOutputs: rule.zeroesMaskedOutputs
        ) { row, time, states in
            let hidden = Values(rows: 1, extents: spatial + [rule.filters], numbers: states[0])
            let a = gates(step(row, time), rule.window, weights[0], bias)
            let b = gates(hidden, rule.recurrentWindow, weights[1], nil)
            func z(_ gate: Int, _ place: [Int]) -> Double {
                let full = Array(place.dropLast()) + [gate * rule.filters + place.last!]
                return a[0, full] + b[0, full]
            }
            func rho(_ x: Double) -> Double { function(rule.recurrentActivation, x) }
            func phi(_ x: Double) -> Double { function(rule.activation, x) }
            let old = Values(rows: 1, extents: hidden.extents, numbers: states[1])
            let cell = Values.make(1, hidden.extents) { _, place in
                rho(z(1, place)) * old[0, place] + rho(z(0, place)) * phi(z(2, place))
            }
            let output = Values.make(1, hidden.extents) { _, place in rho(z(3, place)) * phi(cell[0, place]) }
            return [output.numbers, cell.numbers]
        }
    }
}
