/// What a model file holds and what it costs: the report as a value. Renderers turn it into text, JSON and so on.
///
/// All counts are exact; what is not known is nil, and `notes` says why.
public struct ModelReport: Sendable, Hashable, Encodable {
    public var file: String
    public var format: String
    /// How the weights are laid out, in words: "Keras legacy HDF5 (3.15.1)".
    public var layout: String?
    public var fileBytes: Int
    /// The file that this one was pruned from.
    public var source: SourceReport?
    public var pruning: PruningReport?
    public var tensors: [TensorReport]
    /// Empty where the file carries no network; `notes` says why.
    public var layers: [LayerReport]
    public var totals: TotalsReport
    /// Warnings and explanations, a sentence each.
    public var notes: [String]

    public init(
        file: String, format: String, layout: String? = nil, fileBytes: Int, source: SourceReport? = nil,
        pruning: PruningReport? = nil, tensors: [TensorReport], layers: [LayerReport] = [], notes: [String] = []
    ) {
        self.file = file
        self.format = format
        self.layout = layout
        self.fileBytes = fileBytes
        self.source = source
        self.pruning = pruning
        self.tensors = tensors
        self.layers = layers
        self.totals = TotalsReport(tensors: tensors, layers: layers, fileBytes: fileBytes)
        self.notes = notes
    }
}

/// The dense file that a pruned one came from.
public struct SourceReport: Sendable, Hashable, Encodable {
    public var file: String
    public var fileBytes: Int
    /// Bytes of optimizer state that were left out.
    public var optimizerBytesDropped: Int

    public init(file: String, fileBytes: Int, optimizerBytesDropped: Int) {
        self.file = file
        self.fileBytes = fileBytes
        self.optimizerBytesDropped = optimizerBytesDropped
    }
}

/// What was asked of the pruning, and what came of it.
public struct PruningReport: Sendable, Hashable, Encodable {
    public var criterion: String
    public var seed: UInt64?
    public var scope: String
    /// How the sparsity was shared out: `global`, `uniform`, `erk`, …
    public var allocation: String
    /// `2:4`, where a pattern was asked for.
    public var pattern: String?
    /// Share asked for, of the elements of the prunable tensors.
    public var requestedSparsity: Double
    /// Elements of the prunable tensors: the denominator.
    public var prunableElements: Int
    /// Zeros that the request comes to: round(sparsity × prunable elements), by tensor where the scope is the layer.
    public var requestedZeros: Int
    /// Zeros there are.
    public var zeros: Int
    /// Nil where no data was given.
    public var data: DataReport?
    /// How the sparsity was found, where a target was given instead of one.
    public var target: TargetReport?
    /// How the network was trained meanwhile; nil where it was not.
    public var training: TrainingReport?

    public init(
        criterion: String, seed: UInt64?, scope: String, allocation: String? = nil, pattern: String? = nil,
        requestedSparsity: Double, prunableElements: Int, requestedZeros: Int, zeros: Int, data: DataReport? = nil,
        target: TargetReport? = nil, training: TrainingReport? = nil
    ) {
        self.criterion = criterion
        self.seed = seed
        self.scope = scope
        self.allocation = allocation ?? (scope == "layer" ? "uniform" : scope)
        self.pattern = pattern
        self.data = data
        self.target = target
        self.training = training
        self.requestedSparsity = requestedSparsity
        self.prunableElements = prunableElements
        self.requestedZeros = requestedZeros
        self.zeros = zeros
    }
}

/// One tensor: its values, and the bytes that they take.
public struct TensorReport: Sendable, Hashable, Encodable {
    public var name: String
    public var shape: [Int]
    public var type: String
    public var elements: Int
    /// Elements that are not all zero bits; nil where the values were not looked at.
    public var nonzeros: Int?
    /// Share of zero elements.
    public var sparsity: Double?
    /// Bytes of the dense values.
    public var denseBytes: Int
    /// Bytes in the file, without the tensor's share of the file's own index.
    public var fileBytes: Int?
    /// `fileBytes` split; nil where the format has no such parts.
    public var valueBytes: Int?
    public var indexBytes: Int?
    public var overheadBytes: Int?
    /// log2 C(elements, nonzeros): the least that a mask can cost, in bits.
    public var indexBoundBits: Double?
    /// Bytes of gzip -6 of the dense values, zeros and all; only when asked for.
    public var gzipBytes: Int?
    public var encoding: String
    public var prunable: Bool
    /// Why it is prunable or not.
    public var reason: String
    /// The layer it belongs to, where known.
    public var layer: String?

    public init(
        name: String, shape: [Int], type: String, elements: Int, nonzeros: Int?, denseBytes: Int, fileBytes: Int?,
        encoding: String, prunable: Bool, reason: String, layer: String? = nil
    ) {
        self.name = name
        self.shape = shape
        self.type = type
        self.elements = elements
        self.nonzeros = nonzeros
        self.denseBytes = denseBytes
        self.fileBytes = fileBytes
        self.encoding = encoding
        self.prunable = prunable
        self.reason = reason
        self.layer = layer
        if let nonzeros {
            sparsity = elements == 0 ? 0 : Double(elements - nonzeros) / Double(elements)
            indexBoundBits = InformationBound.maskBits(elements: elements, nonzeros: nonzeros)
        }
    }
}

/// One layer of the network: operations for one input, dense and with the zeros left out. Nil is unknown.
public struct LayerReport: Sendable, Hashable, Encodable {
    public var name: String
    public var kind: String
    public var outputShape: String?
    public var multiplications: Int?
    public var additions: Int?
    public var sparseMultiplications: Int?
    public var sparseAdditions: Int?
    /// Why the operations are unknown.
    public var note: String?

    public init(
        name: String, kind: String, outputShape: String?, multiplications: Int?, additions: Int?,
        sparseMultiplications: Int?, sparseAdditions: Int?, note: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.outputShape = outputShape
        self.multiplications = multiplications
        self.additions = additions
        self.sparseMultiplications = sparseMultiplications
        self.sparseAdditions = sparseAdditions
        self.note = note
    }
}
