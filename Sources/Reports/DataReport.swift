/// What data had to do with a pruning.
public struct DataReport: Sendable, Hashable, Encodable {
    /// Examples that were used, and how many there were to choose from.
    public var samples: Int
    public var available: Int
    /// Seed of the shuffle that chose them; nil: all were used.
    public var seed: UInt64?
    /// Examples of validation data, where there are any.
    public var validationSamples: Int?
    /// How the network does on the validation data, or on the examples where there is none, before and after; nil
    /// without labels.
    public var before: EvaluationReport?
    public var after: EvaluationReport?
    /// Change of the loss that the criterion foresaw; nil where it foresees none.
    public var predictedLossChange: Double?
    /// For each tensor that was pruned by its layer's inputs.
    public var layers: [LayerErrorReport]
    /// Layers whose normalisation statistics were taken from the data anew.
    public var recalibratedLayers: [String]

    public init(
        samples: Int, available: Int, seed: UInt64?, validationSamples: Int? = nil, before: EvaluationReport? = nil,
        after: EvaluationReport? = nil,
        predictedLossChange: Double? = nil, layers: [LayerErrorReport] = [], recalibratedLayers: [String] = []
    ) {
        self.samples = samples
        self.available = available
        self.seed = seed
        self.validationSamples = validationSamples
        self.before = before
        self.after = after
        self.predictedLossChange = predictedLossChange
        self.layers = layers
        self.recalibratedLayers = recalibratedLayers
    }
}

/// How a network does on examples with labels.
public struct EvaluationReport: Sendable, Hashable, Encodable {
    /// `crossEntropy`, `binaryCrossEntropy`, `meanSquaredError`.
    public var loss: String
    public var value: Double
    /// Nil where there are no classes.
    public var accuracy: Double?

    public init(loss: String, value: Double, accuracy: Double?) {
        self.loss = loss
        self.value = value
        self.accuracy = accuracy
    }
}

/// A tensor that was pruned by its layer's inputs alone. Errors are ‖(W − W') X‖² / ‖W X‖².
public struct LayerErrorReport: Sendable, Hashable, Encodable {
    public var tensor: String
    public var method: String
    /// What was added to the diagonal of X Xᵀ (the greatest of several); nil: nothing is.
    public var damping: Double?
    /// Error of magnitude's mask at the same sparsity.
    public var magnitudeError: Double
    public var error: Double

    public init(tensor: String, method: String, damping: Double?, magnitudeError: Double, error: Double) {
        self.tensor = tensor
        self.method = method
        self.damping = damping
        self.magnitudeError = magnitudeError
        self.error = error
    }
}
