public import Networks

/// What a tensor of a Keras file is for, and whether its elements may be set to zero.
public struct TensorRole: Sendable, Hashable {
    /// Name of the tensor in the file.
    public var tensor: String
    /// The parameter of the network that it holds, where the file carries a configuration that has it.
    public var parameter: ParameterReference?
    /// Name of the layer as far as the file tells: from the configuration, else from paths.
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
}
