internal import Inference
internal import KerasModels
internal import LinearAlgebra
internal import Networks
internal import SparseModels
internal import Tensors
public import Training

/// Is a checkpoint at a critical point of its loss, and of which kind? Hence, which criteria may be trusted.
public struct DiagnoseJob: Sendable {
    public var model: String
    public var data: DataRequest
    /// Nil: what the network's end and the labels suggest.
    public var loss: LossKind?
    /// Lanczos iterations, each a product with the Hessian.
    public var iterations = 30
    public var seed: UInt64 = 0
    public var options = JobOptions()

    public init(model: String, data: DataRequest) {
        self.model = model
        self.data = data
    }

    /// - Throws: `usage` without labels; `unsupported` where the network has no gradient; what reading throws.
    public func run() throws -> Diagnosis {
        let opened = try OpenModel(model, options: options).masked()
        return try located(model) {
            let network = try opened.network()
            let data = try CalibrationData.load(data, for: network, model: model, options: options)
            let examples = try data.examples(for: network, criterion: "diagnose")
            let hasClasses = if case .classes = examples.labels { true } else { false }
            let gradients = try LossGradients<Double>(
                network, loss: loss, hasClasses: hasClasses, threads: options.threads)
            let source = ModelParameters(opened.reader, opened.analysis.document)
            var parameters = [Double](repeating: 0, count: gradients.table.count)
            try parameters.withUnsafeMutableBufferPointer { all in
                for entry in gradients.table.entries {
                    try source.check(entry.reference, count: entry.range.count)
                    try source.read(entry.reference, into: UnsafeMutableBufferPointer(rebasing: all[entry.range]))
                }
            }
            return try Diagnosing(job: self, gradients: gradients, parameters: parameters, examples: examples).result()
        }
    }
}

/// What the loss looks like around a checkpoint.
public struct Diagnosis: Sendable, Hashable, Encodable {
    public enum Kind: String, Sendable, Encodable {
        /// The gradient is not zero.
        case notCritical
        case minimum
        case maximum
        case saddle
        /// An extreme eigenvalue cannot be told from zero.
        case flat
    }

    public var model: String
    public var loss: String
    public var lossValue: Double
    public var examples: Int
    public var seed: UInt64
    /// Weights, biases and what else is trained.
    public var parameters: Int
    public var gradientNorm: Double
    /// What the gradient's norm would be by chance, were the expected gradient zero: the root mean square of single examples'
    /// gradients over the root of their number.
    public var noiseNorm: Double
    /// Extreme eigenvalues of the Hessian, as the Lanczos iteration has them, and how far an eigenvalue may be from there.
    public var smallestEigenvalue: Double
    public var smallestError: Double
    public var largestEigenvalue: Double
    public var largestError: Double
    public var iterations: Int
    /// Of two parameters: f_xx f_yy − f_xy².
    public var discriminant: Double?
    public var kind: Kind
    /// What follows for the choice of a criterion, a sentence each.
    public var advice: [String]
}
