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
        /// −log of the probability of the right class, the mean over examples; probabilities are the output itself where
        /// the network ends in a softmax, else its softmax.
        case crossEntropy
        /// −y·log p − (1 − y)·log(1 − p), the mean over elements.
        case binaryCrossEntropy
        /// (y − p)², the mean over elements.
        case meanSquaredError
    }

    public var loss: Loss
    public var value: Double
    /// Share of the examples whose greatest element is that of the right class (or, for a single probability, that lie on
    /// the right side of one half); nil for a mean squared error.
    public var accuracy: Double?
    public var correct: Int?

    /// What probabilities are clipped to before their logarithm, as Keras does.
    private static var epsilon: Double { 1e-7 }

    /// - Parameter labels: class numbers, one for each example, or an array like the output.
    /// - Throws: `usage` where they do not fit.
    init<Element: Scalar>(
        _ output: Tensor<Element>, _ answers: Tensor<Double>, _ network: Network, labels file: String
    ) throws {
        let count = output.shape[0]
        let length = output.shape.dropFirst().reduce(1, *)
        let last = network.outputs.first.flatMap { output in
            network.program.steps.last { $0.outputs.contains(output) }?.primitive
        }
        var ending: String?
        if case .activation(let activation)? = last { ending = activation.name }
        let values = output.values.map(Double.init)
        let isClasses = answers.values.count == count && (length > 1 || ending == "softmax")
        if isClasses {
            let classes = try Self.classes(answers.values, length, file)
            self.init(values, classes, length, isProbability: ending == "softmax")
        } else if answers.values.count == values.count, ending == "sigmoid" {
            self.init(binary: values, answers.values)
        } else if answers.values.count == values.count, ending == "softmax" {
            let classes = (0..<count).map { Self.greatest(answers.values, $0, length) }
            self.init(values, classes, length, isProbability: true)
        } else if answers.values.count == values.count {
            let sum = zip(values, answers.values).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
            self.init(loss: .meanSquaredError, value: sum / Double(max(values.count, 1)))
        } else {
            throw SparsifyError(
                .usage, "The labels have the shape \(answers.shape), which does not fit an output of \(output.shape).",
                file: file)
        }
    }

    private init(loss: Loss, value: Double, correct: Int? = nil, of count: Int = 0) {
        self.loss = loss
        self.value = value
        self.correct = correct
        accuracy = correct.map { count > 0 ? Double($0) / Double(count) : 0 }
    }

    private init(_ values: [Double], _ classes: [Int], _ length: Int, isProbability: Bool) {
        var sum = 0.0
        var correct = 0
        for (example, answer) in classes.enumerated() {
            let row = values[example * length..<(example + 1) * length]
            let value = row[row.startIndex + answer]
            if isProbability {
                sum -= log(min(max(value, Self.epsilon), 1 - Self.epsilon))
            } else {
                let top = row.max() ?? 0
                sum += top + log(row.reduce(0) { $0 + exp($1 - top) }) - value
            }
            if Self.greatest(values, example, length) == answer { correct += 1 }
        }
        self.init(
            loss: .crossEntropy, value: sum / Double(max(classes.count, 1)), correct: correct, of: classes.count)
    }

    private init(binary values: [Double], _ answers: [Double]) {
        var sum = 0.0
        var correct = 0
        for (value, answer) in zip(values, answers) {
            let value = min(max(value, Self.epsilon), 1 - Self.epsilon)
            sum -= answer * log(value) + (1 - answer) * log(1 - value)
            if (value > 0.5) == (answer > 0.5) { correct += 1 }
        }
        self.init(
            loss: .binaryCrossEntropy, value: sum / Double(max(values.count, 1)), correct: correct, of: values.count)
    }

    private static func classes(_ values: [Double], _ count: Int, _ file: String) throws -> [Int] {
        try values.enumerated().map { example, value in
            guard let number = Int(exactly: value), (0..<count).contains(number) else {
                throw SparsifyError(
                    .usage, "The label of example \(example) is \(value), and there are \(count) classes.", file: file)
            }
            return number
        }
    }

    /// The position of the first greatest element of an example.
    private static func greatest(_ values: [Double], _ example: Int, _ length: Int) -> Int {
        var best = 0
        for index in 0..<length where values[example * length + index] > values[example * length + best] {
            best = index
        }
        return best
    }
}
