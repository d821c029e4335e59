import Foundation
import Inference
import Networks
import Tensors
import Testing

@testable import Sparsify

/// Accuracy and loss against the formulas, with numbers small enough to follow.
@Suite struct EvaluationTests {
    /// A network whose last step is this function.
    private static func network(_ function: String) throws -> Network {
        try Network(
            kerasConfig: """
                {"class_name": "Sequential", "config": {"name": "m", "layers": [
                {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, null, null]}},
                {"class_name": "Activation", "config": {"name": "a", "activation": "\(function)"}}]}}
                """)
    }

    private static func evaluate(
        _ function: String, _ output: ([Int], [Double]), labels: ([Int], [Double])
    ) throws -> Evaluation {
        try Evaluation(
            Tensor<Double>(shape: output.0, values: output.1), Tensor<Double>(shape: labels.0, values: labels.1),
            network(function), labels: "y.npy")
    }

    private func expect(
        _ found: Evaluation, _ loss: Evaluation.Loss, _ value: Double, correct: Int?, of count: Int,
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(found.loss == loss, sourceLocation: location)
        #expect(abs(found.value - value) < 1e-12, sourceLocation: location)
        #expect(found.correct == correct, sourceLocation: location)
        #expect(found.accuracy == correct.map { Double($0) / Double(count) }, sourceLocation: location)
    }

    private static let probabilities: [Double] = [0.7, 0.2, 0.1, 0.1, 0.3, 0.6]

    @Test(arguments: [[2], [2, 1], [1, 2]])
    func classNumbers(shape: [Int]) throws {
        // −log of 0.7 and of 0.3; the second example's greatest is class 2.
        let found = try Self.evaluate("softmax", ([2, 3], Self.probabilities), labels: (shape, [0, 1]))
        expect(found, .crossEntropy, -(log(0.7) + log(0.3)) / 2, correct: 1, of: 2)
    }

    @Test func oneHot() throws {
        let found = try Self.evaluate(
            "softmax", ([2, 3], Self.probabilities), labels: ([2, 3], [1, 0, 0, 0, 0, 1]))
        expect(found, .crossEntropy, -(log(0.7) + log(0.6)) / 2, correct: 2, of: 2)
    }

    @Test func labelsThatAreProbabilities() throws {
        let found = try Self.evaluate(
            "softmax", ([2, 3], Self.probabilities), labels: ([2, 3], [0.5, 0.25, 0.25, 0.6, 0.4, 0]))
        let first = 0.5 * log(0.7) + 0.25 * log(0.2) + 0.25 * log(0.1)
        expect(found, .crossEntropy, -(first + 0.6 * log(0.1) + 0.4 * log(0.3)) / 2, correct: 1, of: 2)
    }

    @Test func classNumbersOfANetworkWithoutSoftmax() throws {
        // −log of a softmax's second element: log Σ eˣ − x₁.
        let found = try Self.evaluate("linear", ([2, 3], [1, 2, 3, 1000, 1001, 999]), labels: ([2], [1, 1]))
        let first: Double = log(exp(1.0) + exp(2.0) + exp(3.0)) - 2
        let second: Double = log(exp(-1.0) + 1 + exp(-2.0))
        expect(found, .crossEntropy, (first + second) / 2, correct: 1, of: 2)
    }

    @Test func aSequenceHasAClassAtEachStep() throws {
        let found = try Self.evaluate("softmax", ([1, 2, 3], Self.probabilities), labels: ([1, 2], [0, 2]))
        expect(found, .crossEntropy, -(log(0.7) + log(0.6)) / 2, correct: 2, of: 2)
        let hot = try Self.evaluate(
            "softmax", ([1, 2, 3], Self.probabilities), labels: ([1, 2, 3], [1, 0, 0, 0, 1, 0]))
        expect(hot, .crossEntropy, -(log(0.7) + log(0.3)) / 2, correct: 1, of: 2)
    }

    @Test(arguments: [[4], [4, 1]])
    func oneProbability(shape: [Int]) throws {
        let found = try Self.evaluate("sigmoid", ([4, 1], [0.9, 0.2, 0.6, 0.5]), labels: (shape, [1, 0, 0, 1]))
        // One half itself counts as no.
        expect(found, .binaryCrossEntropy, -(log(0.9) + log(0.8) + log(0.4) + log(0.5)) / 4, correct: 2, of: 4)
    }

    @Test func severalProbabilities() throws {
        let found = try Self.evaluate("sigmoid", ([2, 2], [0.9, 0.2, 0.6, 0.1]), labels: ([2, 2], [1, 1, 1, 0]))
        expect(found, .binaryCrossEntropy, -(log(0.9) + log(0.2) + log(0.6) + log(0.9)) / 4, correct: 3, of: 4)
    }

    @Test(arguments: [([3, 1], [3]), ([3, 1], [3, 1]), ([3], [3]), ([1, 3], [1, 3])])
    func regression(output: [Int], labels: [Int]) throws {
        let found = try Self.evaluate("linear", (output, [1, 2, -3]), labels: (labels, [1.5, 0, -2]))
        expect(found, .meanSquaredError, (0.25 + 4 + 1) / 3, correct: nil, of: 3)
    }

    @Test func probabilitiesAreClipped() throws {
        let found = try Self.evaluate("softmax", ([1, 2], [1, 0]), labels: ([1], [1]))
        expect(found, .crossEntropy, -log(1e-7), correct: 0, of: 1)
        let binary = try Self.evaluate("sigmoid", ([2, 1], [1, 0]), labels: ([2], [0, 0]))
        expect(binary, .binaryCrossEntropy, -(log(1 - (1 - 1e-7)) + log(1 - 1e-7)) / 2, correct: 1, of: 2)
    }

    @Test func ofEqualElementsTheFirstCounts() throws {
        let found = try Self.evaluate("softmax", ([2, 2], [0.5, 0.5, 0.5, 0.5]), labels: ([2], [0, 1]))
        expect(found, .crossEntropy, log(2), correct: 1, of: 2)
    }

    /// An output that is not a number is never right.
    @Test(arguments: [("softmax", 2), ("linear", 2), ("sigmoid", 1)])
    func outputsThatAreNotNumbers(function: String, length: Int) throws {
        let found = try Self.evaluate(
            function, ([1, length], [Double](repeating: .nan, count: length)), labels: ([1], [0]))
        #expect(found.value.isNaN && found.correct == 0 && found.accuracy == 0)
    }

    struct Refusal: Sendable {
        var function: String
        var output: [Int]
        var shape: [Int]
        var labels: [Double]
        var words: String
    }

    static let refusals = [
        Refusal(function: "softmax", output: [2, 3], shape: [2], labels: [0, 3], words: "example 1 is 3"),
        Refusal(function: "softmax", output: [2, 3], shape: [2], labels: [-1, 0], words: "example 0 is -1"),
        Refusal(function: "softmax", output: [2, 3], shape: [2], labels: [0, 0.5], words: "3 classes"),
        Refusal(function: "softmax", output: [2, 3], shape: [2], labels: [.nan, 0], words: "is nan"),
        Refusal(function: "linear", output: [2, 3], shape: [2], labels: [.infinity, 0], words: "is inf"),
        Refusal(function: "softmax", output: [2, 3], shape: [3], labels: [0, 1, 2], words: "[3]"),
        Refusal(function: "softmax", output: [2, 3], shape: [1], labels: [0], words: "[1]"),
        Refusal(function: "softmax", output: [2, 3], shape: [6], labels: [1, 0, 0, 1, 0, 0], words: "[6]"),
        Refusal(function: "softmax", output: [2, 3], shape: [3, 2], labels: [1, 0, 0, 1, 0, 0], words: "[3, 2]"),
        Refusal(function: "linear", output: [2, 3], shape: [3, 2], labels: [1, 0, 0, 1, 0, 0], words: "[3, 2]"),
        Refusal(function: "softmax", output: [1, 2], shape: [1, 2], labels: [2, -1], words: "probability"),
        Refusal(function: "softmax", output: [1, 2], shape: [1, 2], labels: [0, 0], words: "sums to 0"),
        Refusal(function: "sigmoid", output: [2, 1], shape: [2], labels: [1, 2], words: "example 1 is 2"),
        Refusal(function: "sigmoid", output: [2, 1], shape: [2], labels: [1, .nan], words: "example 1 is nan"),
        Refusal(function: "sigmoid", output: [2, 1], shape: [3], labels: [1, 0, 1], words: "[3]"),
        Refusal(function: "linear", output: [2, 1], shape: [2], labels: [1, .nan], words: "finite"),
        Refusal(function: "linear", output: [2, 1], shape: [1], labels: [1], words: "[1]"),
        Refusal(function: "softmax", output: [0, 3], shape: [0], labels: [], words: "no output"),
        Refusal(function: "linear", output: [0, 1], shape: [0], labels: [], words: "no output"),
        Refusal(function: "linear", output: [2, 0], shape: [2, 0], labels: [], words: "no output"),
    ]

    @Test(arguments: refusals)
    func labelsThatDoNotFit(refusal: Refusal) throws {
        let values = [Double](repeating: 0.5, count: refusal.output.reduce(1, *))
        #expect {
            try Self.evaluate(refusal.function, (refusal.output, values), labels: (refusal.shape, refusal.labels))
        } throws: {
            code($0) == .usage && "\($0)".contains(refusal.words) && ($0 as? SparsifyError)?.file == "y.npy"
        }
    }
}
