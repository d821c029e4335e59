/// What a tensor of a model file is for, and whether its elements may be set to zero.
public struct TensorRole: Sendable, Hashable {
    /// Name of the tensor in the file.
    public var tensor: String
    /// The parameters of the network that it holds: one, or several where it is used in more than one way.
    public var bindings: [TensorBinding] = []
    /// Name of the layer as far as the file tells: from the configuration or the graph, else from paths.
    public var layer: String?
    /// `kernel`, `bias`, …; nil where unknown.
    public var role: String?
    /// Which of its elements feed which output, where the network tells.
    public var outputs: OutputIndexing?
    /// Whether it is pruned where the user says nothing else.
    public var isPrunable: Bool
    /// Why, or why not: a phrase such as `kernel of Dense 'dense_1'` or `normalisation statistics`.
    public var reason: String
    /// Whether it is state of the optimizer, of no use to inference.
    public var isOptimizerState = false
    /// The tensor of zeros and ones that this one is to be multiplied with (a model under `tfmot` pruning).
    public var mask: String?
    /// Whether the configuration says that a tensor of unmarked two-byte elements is bfloat16.
    public var isBFloat16 = false

    public init(tensor: String, isPrunable: Bool, reason: String) {
        self.tensor = tensor
        self.isPrunable = isPrunable
        self.reason = reason
    }

    /// The parameter of the network that it holds, element by element; nil where there is none, or where it holds
    /// several or holds one in another order.
    public var parameter: ParameterReference? {
        get { bindings.count == 1 && bindings[0].view == nil ? bindings[0].parameter : nil }
        set { bindings = newValue.map { [TensorBinding(parameter: $0)] } ?? [] }
    }
}

/// A parameter of a network, and how its elements lie in a tensor.
public struct TensorBinding: Sendable, Hashable {
    public var parameter: ParameterReference
    /// Nil: they are those of the tensor, one by one.
    public var view: TensorView?

    public init(parameter: ParameterReference, view: TensorView? = nil) {
        self.parameter = parameter
        self.view = view
    }
}
