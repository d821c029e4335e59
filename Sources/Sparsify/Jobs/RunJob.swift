public import Inference
internal import Networks
internal import OtherFormats
internal import Tensors

/// Runs a model's network on arrays from files.
public struct RunJob: Sendable {
    public var model: String
    /// What the network is given: arrays in files (`x.npy`, `x.npz`, `x.npz:name`, `x.h5:/path`), each for the input
    /// that is named, or where none is, for the next in order.
    public var inputs: [(name: String?, file: String)]
    /// Where the outputs go: `.npy` where there is one, `.npz` for any number; nil: nowhere.
    public var output: String?
    /// Right answers, to tell accuracy and loss: class numbers, or an array like the output.
    public var labels: String?
    /// How many of the greatest elements of each example's output to tell.
    public var top = 0
    public var batch = 32
    public var kernels = KernelPolicy.standard
    public var overwrites = false
    public var options = JobOptions()

    public init(model: String, inputs: [(name: String?, file: String)]) {
        self.model = model
        self.inputs = inputs
    }

    public struct Outcome: Sendable, Encodable {
        public var model: String
        public var examples: Int
        public var inputs: [Port]
        public var outputs: [Port]
        /// By example, the greatest elements of the first output.
        public var top: [[Rank]]?
        public var evaluation: Evaluation?
        /// What was done to make the inputs fit, a sentence each; nil: nothing.
        public var notes: [String]?
    }

    /// An input or output: its name, and its shape with the examples as first axis.
    public struct Port: Sendable, Hashable, Encodable {
        public var name: String
        public var shape: [Int]
    }

    /// An element of an output and its position.
    public struct Rank: Sendable, Hashable, Encodable {
        public var index: Int
        public var value: Double
    }

    /// - Throws: `usage` where the inputs do not fit the network; `unsupported` where it cannot be run; what reading and
    ///   writing throw.
    public func run() throws -> Outcome {
        let predictor = try Model(contentsOf: model, kernels: kernels, options: options).predictor()
        return try located(model) {
            predictor.isDouble ? try run(predictor, Double.self) : try run(predictor, Float.self)
        }
    }

    private func run<Element: Scalar>(_ predictor: Predictor, _: Element.Type) throws -> Outcome {
        let writer = try output.map { try TensorWriter($0, predictor.outputNames, overwrite: overwrites) }
        var files = InputFiles(names: predictor.inputNames, model: model)
        try files.add(inputs, options)
        var notes: [String] = []
        let network = predictor.network
        let tensors: [Tensor<Element>] = try zip(network.inputs, files.inOrder(option: "--input")).map { value, file in
            let given: Tensor<Element> = try file.tensor(options)
            // What does not fit at all, the network says best.
            guard let wanted = network.program[value].extents, !given.shape.isEmpty,
                let fitted = try? SampleShape.fit(Array(given.shape.dropFirst()), to: wanted, file: file.path),
                let note = fitted.note
            else { return given }
            notes.append("\(file.path): \(note)")
            return try Tensor(shape: [given.shape[0]] + fitted.extents, values: given.values)
        }
        let answers: Tensor<Double>? = try labels.map { try ArrayFile($0).tensor(options) }
        let results = try predictor.predict(
            tensors, batch: batch, progress: options.progress, cancellation: options.cancellation)
        var outcome = Outcome(
            model: model, examples: tensors.first?.shape.first ?? 0,
            inputs: zip(predictor.inputNames, tensors).map { Port(name: $0, shape: $1.shape) },
            outputs: zip(predictor.outputNames, results).map { Port(name: $0, shape: $1.shape) },
            notes: notes.isEmpty ? nil : notes)
        if top > 0 { outcome.top = Self.ranks(results[0], top) }
        if let answers {
            outcome.evaluation = try Evaluation(results[0], answers, predictor.network, labels: labels ?? "")
        }
        try writer?.write(results)
        return outcome
    }

    private static func ranks<Element: Scalar>(_ output: Tensor<Element>, _ count: Int) -> [[Rank]] {
        let length = output.shape.dropFirst().reduce(1, *)
        return (0..<(output.shape.first ?? 0)).map { example in
            let values = output.values[example * length..<(example + 1) * length]
            // What is not a number comes last.
            let order = values.indices.sorted { left, right in
                let (a, b) = (values[left], values[right])
                return a == b || a.isNaN && b.isNaN ? left < right : a > b || b.isNaN
            }
            return order.prefix(count).map { Rank(index: $0 - values.startIndex, value: Double(values[$0])) }
        }
    }
}
