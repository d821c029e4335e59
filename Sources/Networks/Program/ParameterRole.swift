public import Tensors

/// Names one parameter of a network: a layer by its path and the role that the parameter has there.
public struct ParameterReference: Sendable, Hashable {
    /// Names of the models that hold the layer, and its own, joined by `/`.
    public var layer: String
    public var role: String

    public init(layer: String, role: String) {
        self.layer = layer
        self.role = role
    }
}

/// What a parameter is for in its layer.
public struct ParameterRole: Sendable, Hashable {
    public enum Purpose: String, Sendable, Hashable {
        /// Multiplied with a layer's input: kernels of all sorts.
        case weight
        /// Rows that are looked up.
        case embedding
        case bias
        /// Scales and shifts of a normalisation, and scales like them.
        case normalisation
        /// Means and variances that training gathered.
        case statistics
        /// Slopes of an activation function.
        case activation
        /// Counters, masks and states of random generators.
        case state

        /// A phrase for a parameter that is not pruned.
        public var phrase: String {
            switch self {
            case .weight: "kernel"
            case .embedding: "embeddings"
            case .bias: "bias"
            case .normalisation: "normalisation parameter"
            case .statistics: "normalisation statistics"
            case .activation: "parameter of an activation function"
            case .state: "state, not a weight"
            }
        }
    }

    /// As Keras names it; parts of a composite layer go before it: `forward/recurrent_kernel`.
    public var name: String
    public var purpose: Purpose
    public var outputs: OutputIndexing
    /// Where a `.weights.h5` file keeps it, below the layer's group: `vars/0`, `cell/vars/1`.
    public var weightsPath: String

    public init(_ name: String, _ purpose: Purpose, outputs: OutputIndexing = .none, weightsPath: String) {
        self.name = name
        self.purpose = purpose
        self.outputs = outputs
        self.weightsPath = weightsPath
    }

    /// Whether elements of it may be set to zero where the user says nothing else.
    public var isPrunable: Bool { purpose == .weight || purpose == .embedding }

    /// The same role as part `part` of a composite layer, which a `.weights.h5` file keeps below `group`.
    public func within(_ part: String, group: String) -> ParameterRole {
        var copy = self
        copy.name = part.isEmpty ? name : "\(part)/\(name)"
        copy.weightsPath = "\(group)/\(weightsPath)"
        return copy
    }
}

/// Which element of a parameter contributes to which of a layer's output channels.
public struct OutputIndexing: Sendable, Hashable {
    /// The axes of the parameter whose indices tell the output; all the others are summed over.
    public var axes: [Int]
    /// For each of `axes`: the index is taken modulo this, where it is not zero. The taps of a transposed convolution
    /// feed different outputs by their phase.
    public var moduli: [Int]

    public init(axes: [Int], moduli: [Int]? = nil) {
        self.axes = axes
        self.moduli = moduli ?? axes.map { _ in 0 }
    }

    /// A parameter that is not summed over.
    public static let none = OutputIndexing(axes: [])

    /// How many outputs a parameter of this shape feeds; 0 where the axes do not fit the shape.
    public func cellCount(_ shape: Shape) -> Int { OutputMap(self, shape).cellCount }
}
