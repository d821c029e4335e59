internal import Inference
internal import Networks
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How an output compares with the right answers.
public struct Evaluation: Sendable, Hashable, Encodable {
    public enum Loss: String, Sendable, Encodable {
        /// −log of the probability of the right class, or where labels are themselves probabilities, −Σ y·log p; the mean
        /// over examples. Probabilities are the output itself where the network ends in a softmax, else its softmax.
        case crossEntropy
        /// −y·log p − (1 − y)·log(1 − p), the mean over elements.
        case binaryCrossEntropy
        /// (y − p)², the mean over elements.
        case meanSquaredError
    }

    public var loss: Loss
    public var value: Double
    /// Share of the examples whose greatest element is that of the right class (or, for a sigmoid, of the elements that
    /// lie on the right side of one half); nil for a mean squared error.
    public var accuracy: Double?
    public var correct: Int?

    /// What probabilities are clipped to before their logarithm, as Keras does.
    private static var epsilon: Double { 1e-7 }

    private static func clipped(_ value: Double) -> Double { min(max(value, epsilon), 1 - epsilon) }

    /// The last axis of an output holds the classes; with more axes before it than that of the examples, each position
    /// along them counts as an example. Axes of one element make no difference.
    ///
    /// - Parameter labels: class numbers, one for each example, or an array like the output.
    /// - Throws: `usage` where they do not fit, or are none, or no numbers.
    init<Element: Scalar>(
        _ output: Tensor<Element>, _ answers: Tensor<Double>, _ network: Network, labels file: String
    ) throws {
        guard !output.values.isEmpty else {
            throw SparsifyError(.usage, "There is no output to compare labels with.", file: file)
        }
        let ending = network.ending
        let values = output.values.map(Double.init)
        guard let rule = LabelRule(labels: answers.shape, output: output.shape, ending: ending) else {
            throw SparsifyError(
                .usage, "The labels have the shape \(answers.shape), which does not fit an output of \(output.shape).",
                file: file)
        }
        try rule.check(answers.values, file)
        switch rule {
        case .classes(let count):
            self.init(values, answers.values.map { Int($0) }, count, isProbability: ending == "softmax")
        case .distribution(let count): self.init(values, probabilities: answers.values, count)
        case .probabilities: self.init(binary: values, answers.values)
        case .numbers:
            let sum = zip(values, answers.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            self.init(loss: .meanSquaredError, value: sum / Double(values.count))
        }
    }

    private init(loss: Loss, value: Double, correct: Int? = nil, of count: Int = 0) {
        self.loss = loss
        self.value = value
        self.correct = correct
        accuracy = correct.map { Double($0) / Double(count) }
    }

    private init(_ values: [Double], _ classes: [Int], _ length: Int, isProbability: Bool) {
        var sum = 0.0
        var correct = 0
        for (example, answer) in classes.enumerated() {
            let row = values[example * length..<(example + 1) * length]
            let value = row[row.startIndex + answer]
            if isProbability {
                sum -= log(Self.clipped(value))
            } else {
                let top = row.max() ?? 0
                sum += top + log(row.reduce(0) { $0 + exp($1 - top) }) - value
            }
            if Self.greatest(values, example, length) == answer { correct += 1 }
        }
        self.init(
            loss: .crossEntropy, value: sum / Double(classes.count), correct: correct, of: classes.count)
    }

    private init(_ values: [Double], probabilities answers: [Double], _ length: Int) {
        let count = values.count / length
        let sum = zip(values, answers).reduce(0) { $0 - $1.1 * log(Self.clipped($1.0)) }
        let correct = (0..<count).count { Self.greatest(values, $0, length) == Self.greatest(answers, $0, length) }
        self.init(loss: .crossEntropy, value: sum / Double(count), correct: correct, of: count)
    }

    private init(binary values: [Double], _ answers: [Double]) {
        var sum = 0.0
        var correct = 0
        for (value, answer) in zip(values, answers) {
            let value = Self.clipped(value)
            sum -= answer * log(value) + (1 - answer) * log(1 - value)
            if !value.isNaN, (value > 0.5) == (answer > 0.5) { correct += 1 }
        }
        self.init(
            loss: .binaryCrossEntropy, value: sum / Double(values.count), correct: correct, of: values.count)
    }

    /// The position of the first greatest element of an example; nil where an element is not a number.
    private static func greatest(_ values: [Double], _ example: Int, _ length: Int) -> Int? {
        let row = values[example * length..<(example + 1) * length]
        guard !row.contains(where: \.isNaN), let top = row.max() else { return nil }
        return row.firstIndex(of: top).map { $0 - row.startIndex }
    }
}
