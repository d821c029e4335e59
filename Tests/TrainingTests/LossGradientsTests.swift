import Synchronization
import Tensors
import Testing

@testable import Networks
@testable import Training

@Suite struct LossGradientsTests {
    /// Two dense layers with tanh between them, and a function at the end.
    private static func network(_ inputs: Int, _ hidden: Int, _ outputs: Int, ending: String?) throws -> Network {
        var program = Program()
        let x = program.input([inputs])
        func dense(_ value: ValueID, _ name: String, _ from: Int, _ to: Int) throws -> ValueID {
            try program.push(
                .contraction(Contraction(lastOf: 1, inputs: from, units: to, hasBias: true)), [value],
                [ParameterReference(layer: name, role: "kernel"), ParameterReference(layer: name, role: "bias")])[0]
        }
        let a = try program.push(.activation(Activation("tanh")), [dense(x, "a", inputs, hidden)])[0]
        var y = try dense(a, "b", hidden, outputs)
        if let ending { y = try program.push(.activation(Activation(ending)), [y])[0] }
        func layer(_ name: String, _ from: Int, _ to: Int) throws -> Network.Layer {
            Network.Layer(
                path: name, name: name, className: "Dense",
                parameters: [
                    Network.Parameter(
                        role: ParameterRole("kernel", .weight, weightsPath: "vars/0"), shape: try Shape([from, to])),
                    Network.Parameter(
                        role: ParameterRole("bias", .bias, weightsPath: "vars/1"), shape: try Shape([to])),
                ], isModel: false, ancestors: [], dtype: nil, isQuantized: false, issue: nil)
        }
        return Network(
            name: "net", className: "Functional",
            layers: [try layer("a", inputs, hidden), try layer("b", hidden, outputs)],
            calls: [], program: program, inputs: [x], outputs: [y], positions: ["a": 0, "b": 1])
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var kind: LossKind
        var ending: String?
        var hasClasses: Bool
        var testDescription: String { "\(kind.rawValue) \(ending ?? "-") \(hasClasses ? "classes" : "values")" }
    }

    static let cases = [
        Case(kind: .crossEntropy, ending: "softmax", hasClasses: true),
        Case(kind: .crossEntropy, ending: "softmax", hasClasses: false),
        Case(kind: .crossEntropy, ending: nil, hasClasses: true),
        Case(kind: .binaryCrossEntropy, ending: "sigmoid", hasClasses: false),
        Case(kind: .meanSquaredError, ending: nil, hasClasses: false),
    ]

    private struct Problem {
        var gradients: LossGradients<Double>
        var examples: Examples
        var parameters: [Double]
        var direction: [Double]

        init(_ entry: Case, count: Int = 7, threads: Int = 2) throws {
            var generator = SplitMix64(seed: 3)
            let network = try LossGradientsTests.network(4, 5, 3, ending: entry.ending)
            gradients = try LossGradients<Double>(
                network, loss: entry.kind, hasClasses: entry.hasClasses, threads: threads)
            var values = (0..<count * 3).map { _ in Float(generator.unit()) }
            if entry.kind == .crossEntropy {
                for row in 0..<count {
                    let sum = values[row * 3..<row * 3 + 3].reduce(0, +)
                    for column in 0..<3 { values[row * 3 + column] /= sum }
                }
            }
            examples = try Examples(
                count: count, extents: [[4]], inputs: [(0..<count * 4).map { _ in Float(generator.unit() - 0.5) }],
                labels: entry.hasClasses ? .classes((0..<Int32(count)).map { $0 % 3 }) : .values(values))
            parameters = (0..<gradients.table.count).map { _ in generator.unit() - 0.5 }
            direction = parameters.map { _ in generator.unit() - 0.5 }
        }

        func moved(_ step: Double) -> [Double] { zip(parameters, direction).map { $0 + step * $1 } }
        func slope(_ vector: [Double]) -> Double { zip(vector, direction).reduce(0) { $0 + $1.0 * $1.1 } }
    }

    @Test(arguments: cases)
    func gradientsAreDifferences(entry: Case) throws {
        let problem = try Problem(entry)
        let (loss, gradient) = try problem.gradients.gradient(problem.parameters, problem.examples)
        #expect(abs(loss - (try problem.gradients.value(problem.parameters, problem.examples))) < 1e-14)
        let step = 1e-5
        let difference =
            (try problem.gradients.value(problem.moved(step), problem.examples)
                - problem.gradients.value(problem.moved(-step), problem.examples)) / (2 * step)
        #expect(abs(problem.slope(gradient) - difference) < 1e-9)
    }

    @Test(arguments: cases)
    func hessianProductsAreDifferencesOfGradients(entry: Case) throws {
        let problem = try Problem(entry)
        let step = 1e-5
        let image = try problem.gradients.hessianProduct(problem.parameters, problem.direction, problem.examples)
        let (after, before) = (
            try problem.gradients.gradient(problem.moved(step), problem.examples).gradient,
            try problem.gradients.gradient(problem.moved(-step), problem.examples).gradient
        )
        for index in image.indices {
            #expect(abs(image[index] - (after[index] - before[index]) / (2 * step)) < 1e-8)
        }
    }

    @Test(arguments: cases)
    func gradientsOfExamplesAverageToTheGradient(entry: Case) throws {
        let problem = try Problem(entry)
        let sums = Sums()
        try problem.gradients.forEachExample(problem.parameters, problem.examples) { example, _, loss, gradient in
            sums.set(example, loss, Array(gradient))
        }
        let (loss, gradient) = try problem.gradients.gradient(problem.parameters, problem.examples)
        let count = Double(problem.examples.count)
        #expect(abs(sums.losses.values.reduce(0, +) / count - loss) < 1e-12)
        for index in gradient.indices {
            let mean = sums.gradients.values.reduce(0) { $0 + $1[index] } / count
            #expect(abs(mean - gradient[index]) < 1e-12)
        }
    }

    /// The Gauss-Newton matrix is Jᵀ H_L J: with J and H_L by differences of the outputs.
    @Test(arguments: cases)
    func gaussNewton(entry: Case) throws {
        let problem = try Problem(entry)
        let matrix = GaussNewtonMatrix(problem.gradients, at: problem.parameters, problem.examples)
        let image = try matrix.product(problem.direction)
        let step = 1e-6
        let (after, before) = (
            try problem.gradients.outputs(problem.moved(step), problem.examples),
            try problem.gradients.outputs(problem.moved(-step), problem.examples)
        )
        let tangents = zip(after, before).map { ($0 - $1) / (2 * step) }
        let outputs = try problem.gradients.outputs(problem.parameters, problem.examples)
        var sum = 0.0
        for row in stride(from: 0, to: outputs.count, by: 3) {
            let (z, t) = (Array(outputs[row..<row + 3]), Array(tangents[row..<row + 3]))
            switch entry.kind {
            case .meanSquaredError: sum += t.reduce(0) { $0 + 2 * $1 * $1 } / 3
            case .binaryCrossEntropy:
                sum += zip(z, t).reduce(0) { $0 + Double.sigmoid($1.0) * Double.sigmoid(-$1.0) * $1.1 * $1.1 } / 3
            case .crossEntropy:
                let powers = z.map { Double.exponential($0) }
                let p = powers.map { $0 / powers.reduce(0, +) }
                let mean = zip(p, t).reduce(0) { $0 + $1.0 * $1.1 }
                sum += zip(p, t).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }
            }
        }
        #expect(abs(problem.slope(image) - sum / Double(problem.examples.count)) < 1e-7)
    }

    /// What is kept between products changes nothing, whether it is all, a part or nothing.
    @Test(arguments: [0, 2, 1 << 28])
    func gaussNewtonInLittleMemory(memory: Int) throws {
        let problem = try Problem(Self.cases[0], count: 700)
        let (all, some) = (
            GaussNewtonMatrix(problem.gradients, at: problem.parameters, problem.examples),
            GaussNewtonMatrix(problem.gradients, at: problem.parameters, problem.examples, memory: memory)
        )
        for scale in [1.0, -0.5] {
            let direction = problem.direction.map { scale * $0 }
            #expect(try all.product(direction) == some.product(direction))
        }
    }

    /// Softmax is part of the loss, so that probabilities too small for a number have a gradient all the same.
    @Test func tinyProbabilitiesKeepTheirGradient() throws {
        let problem = try Problem(Case(kind: .crossEntropy, ending: "softmax", hasClasses: true))
        #expect(problem.gradients.head.endsInProbabilities)
        let large = problem.parameters.map { $0 * 1e4 }
        let (loss, gradient) = try problem.gradients.gradient(large, problem.examples)
        #expect(loss.isFinite && loss > 100 && gradient.allSatisfy(\.isFinite) && gradient.contains { $0 != 0 })
    }

    @Test func labelsThatAreNoneAreRefused() throws {
        var problem = try Problem(Case(kind: .crossEntropy, ending: "softmax", hasClasses: true))
        problem.examples.labels = .classes([0, 1, 2, 3, 0, 1, 2])
        #expect(throws: SparsifyError.self) { try problem.gradients.value(problem.parameters, problem.examples) }
        problem.examples.labels = .classes([0, 1])
        #expect(throws: SparsifyError.self) { try problem.gradients.value(problem.parameters, problem.examples) }
    }

    @Test func resultsRepeat() throws {
        let entry = Self.cases[0]
        let (first, second) = (try Problem(entry, count: 700), try Problem(entry, count: 700))
        let (a, b) = (
            try first.gradients.gradient(first.parameters, first.examples),
            try second.gradients.gradient(second.parameters, second.examples)
        )
        #expect(a.loss == b.loss && a.gradient == b.gradient)
    }

    /// Labels come as often as the model says.
    @Test func drawnLabels() throws {
        var problem = try Problem(Self.cases[0], count: 1)
        let logits = try problem.gradients.outputs(problem.parameters, problem.examples)
        problem.examples = try problem.examples.chosen(Array(repeating: 0, count: 4000))
        guard
            case .classes(let classes) = try problem.gradients.drawnLabels(
                problem.parameters, problem.examples, seed: 1)
        else {
            Issue.record("classes are drawn")
            return
        }
        let total = logits.reduce(0) { $0 + Double.exponential($1) }
        for index in 0..<3 {
            let share = Double(classes.count { Int($0) == index }) / 4000
            #expect(abs(share - Double.exponential(logits[index]) / total) < 0.03)
        }
    }
}

/// What threads found, by example.
private final class Sums: Sendable {
    private let found = Mutex<(losses: [Int: Double], gradients: [Int: [Double]])>(([:], [:]))

    var losses: [Int: Double] { found.withLock { $0.losses } }
    var gradients: [Int: [Double]] { found.withLock { $0.gradients } }

    func set(_ example: Int, _ loss: Double, _ gradient: [Double]) {
        found.withLock {
            $0.losses[example] = loss
            $0.gradients[example] = gradient
        }
    }
}
