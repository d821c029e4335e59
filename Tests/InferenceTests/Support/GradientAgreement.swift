import Tensors
import Testing

@testable import Inference
@testable import Networks
@testable import Training

/// Expects of the tape of a network what the plain loops give, and of its gradients by parameters and inputs, and of their
/// derivatives along a direction, what central differences say. The function is Σ c · y with c at random.
func expectGradients(
    _ network: Network, _ parameters: MemoryParameters, _ inputs: [Values], outputs wanted: [Values],
    _ location: SourceLocation
) throws {
    let check = try GradientCheck(network, parameters, inputs)
    guard let check else {
        let isExcused = network.program.steps.contains { step in
            switch step.primitive {
            case .contraction, .valueProduct: true
            default: false
            }
        }
        #expect(isExcused, "a primitive has no gradient", sourceLocation: location)
        return
    }
    let found = try check.outputs()
    for (found, wanted) in zip(found, wanted) {
        #expect(gap(found, wanted.numbers) <= 1e-9, "outputs of the tape", sourceLocation: location)
    }
    guard found.allSatisfy({ $0.allSatisfy(\.isFinite) }) else { return }
    try check.expectDerivatives(location)
}

private struct GradientCheck {
    let network: Network
    let table: ParameterTable
    let inputs: [Values]
    let rows: Int
    let values: [Double]
    /// Of inputs, those that are not whole numbers: masks and row numbers stay as they are.
    let moves: [Bool]

    init?(_ network: Network, _ parameters: MemoryParameters, _ inputs: [Values]) throws {
        self.network = network
        self.inputs = inputs
        table = try ParameterTable(network)
        rows = inputs.first?.rows ?? 0
        var values = [Double](repeating: 0, count: table.count)
        for entry in table.entries { values.replaceSubrange(entry.range, with: parameters.values[entry.reference]!) }
        self.values = values
        moves = inputs.map { $0.numbers.contains { $0 != $0.rounded() } }
        do {
            let _: Tape<Double> = try tape()
        } catch let error as SparsifyError where error.code == .unsupported {
            return nil
        }
    }

    private func tape<N: Number>() throws -> Tape<N> {
        try Tape<N>(
            network, table, outputs: network.outputs, rows: rows, extents: inputs.map(\.extents), tracksInputs: true)
    }

    private func blocks<N: Number>(_ tape: Tape<N>, _ point: Point, _ number: (Double, Double) -> N)
        -> (inputs: [Block<N>], parameters: [Block<N>])
    {
        func block(_ values: [Double], _ tangents: [Double]) -> Block<N> {
            let block = tape.block(values.count)
            for index in values.indices { block.base[index] = number(values[index], tangents[index]) }
            return block
        }
        return (
            zip(point.inputs, point.inputTangents).map(block),
            table.entries.map { block(Array(point.values[$0.range]), Array(point.tangents[$0.range])) }
        )
    }

    struct Point {
        var inputs: [[Double]]
        var values: [Double]
        var inputTangents: [[Double]]
        var tangents: [Double]

        func moved(_ step: Double) -> Point {
            var copy = self
            for index in values.indices { copy.values[index] += step * tangents[index] }
            for input in inputs.indices {
                for index in inputs[input].indices { copy.inputs[input][index] += step * inputTangents[input][index] }
            }
            return copy
        }
    }

    private var point: Point {
        var generator = SplitMix64(77)
        return Point(
            // Not on a kink or a tie.
            inputs: zip(inputs, moves).map { input, moves in
                input.numbers.map { moves ? $0 + 0.01 * generator.number() : $0 }
            },
            values: values.map { $0 + 0.001 * generator.number() },
            inputTangents: zip(inputs, moves).map { input, moves in
                generator.numbers(input.numbers.count).map { moves ? $0 : 0 }
            },
            tangents: generator.numbers(values.count).enumerated().map { index, number in
                table.entries.contains { $0.isTrainable && $0.range.contains(index) } ? number : 0
            })
    }

    func outputs() throws -> [[Double]] {
        let tape: Tape<Double> = try tape()
        let still = Point(
            inputs: inputs.map(\.numbers), values: values, inputTangents: inputs.map(\.numbers), tangents: values)
        let given = blocks(tape, still) { value, _ in value }
        return try tape.forward(given.inputs, given.parameters).map { block in
            Array(UnsafeBufferPointer(start: block.base, count: block.count))
        }
    }

    /// Σ c · y, and its gradient along the tangents; in duals, the derivatives of both.
    private func evaluate<N: Number>(_ point: Point, _ number: @escaping (Double, Double) -> N) throws -> (
        value: N, slope: N
    ) {
        let tape: Tape<N> = try tape()
        let given = blocks(tape, point, number)
        let outputs = try tape.forward(given.inputs, given.parameters)
        var generator = SplitMix64(5)
        var value = N(0.0)
        let gradients = outputs.map { output in
            let gradient = tape.block(output.count)
            for index in 0..<output.count {
                gradient.base[index] = N(generator.number())
                value += gradient.base[index] * output.base[index]
            }
            return gradient
        }
        let targets = table.entries.map { entry in entry.isTrainable ? tape.zeros(entry.range.count) : nil }
        let inputGradients = tape.backward(gradients, given.parameters, into: targets)
        var slope = N(0.0)
        for (entry, target) in zip(table.entries, targets) {
            guard let target else { continue }
            for (index, place) in entry.range.enumerated() { slope += target.base[index] * N(point.tangents[place]) }
        }
        for (input, gradient) in inputGradients.enumerated() {
            guard let gradient else { continue }
            for (index, tangent) in point.inputTangents[input].enumerated() {
                slope += gradient.base[index] * N(tangent)
            }
        }
        return (value, slope)
    }

    /// The derivative of Σ c · y along the tangents, by the tape that is linearised once.
    private func tangent(_ point: Point) throws -> Double {
        let linearised = LinearisedTape<Double>(try tape())
        let tape = linearised.tape
        let given = blocks(tape, point) { value, _ in value }
        let direction = blocks(tape, point) { _, tangent in tangent }
        let outputs = try tape.forward(given.inputs, given.parameters)
        func moving(_ block: Block<Double>) -> Block<Double>? {
            (0..<block.count).contains { block.base[$0] != 0 } ? block : nil
        }
        var sum = 0.0
        // Twice: what the first time keeps is used by the second.
        for factor in [0.0, 1.0] {
            let tangents = try linearised.tangents(
                inputs: direction.inputs.map(moving), given.parameters, direction.parameters.map(moving))
            var generator = SplitMix64(5)
            for (output, tangent) in zip(outputs, tangents) {
                for index in 0..<output.count { sum += factor * generator.number() * (tangent?.base[index] ?? 0) }
            }
        }
        return sum
    }

    func expectDerivatives(_ location: SourceLocation) throws {
        let step = 1e-6
        let point = point
        let (after, before) = (
            try evaluate(point.moved(step)) { value, _ in value },
            try evaluate(point.moved(-step)) { value, _ in value }
        )
        let first = (after.value - before.value) / (2 * step)
        let here = try evaluate(point) { Dual<Double>($0, $1) }
        guard here.value.value.isFinite, first.isFinite else { return }
        let size = max(abs(here.value.value), abs(here.slope.value), abs(here.slope.tangent), 1)
        #expect(abs(here.slope.value - first) <= 1e-6 * size, "gradient", sourceLocation: location)
        // Forward mode says the same as backward mode.
        #expect(abs(here.slope.value - here.value.tangent) <= 1e-9 * size, "tangent", sourceLocation: location)
        let along = try tangent(point)
        #expect(abs(here.value.tangent - along) <= 1e-9 * size, "tangent without duals", sourceLocation: location)
        let second = (after.slope - before.slope) / (2 * step)
        #expect(abs(here.slope.tangent - second) <= 1e-4 * size, "second derivative", sourceLocation: location)
    }
}
