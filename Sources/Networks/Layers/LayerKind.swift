/// One kind of layer: what it is called, what parameters it has, and how it becomes primitives.
///
/// To add one, write a file with a type that conforms, and a line in `LayerKinds.all`.
protocol LayerKind: Sendable {
    /// Class names in Keras that mean this layer. `ops.X` is a function of Keras 3 in a functional model.
    static var names: [String] { get }

    /// - Throws: `malformed` for a field of the wrong type or out of range, `unsupported` for what is not covered.
    init(_ config: LayerConfig) throws

    /// The parameters in Keras's order: `layer.weights`, trainable ones first.
    var parameters: [ParameterRole] { get }

    /// Whether inputs of unknown shape make what it does unknown too.
    var needsShapes: Bool { get }

    /// Whether the mask of the first input is that of the output too, where `lower` says nothing else: Keras's
    /// `supports_masking` with the `compute_mask` that hands the mask on.
    var carriesMask: Bool { get }

    /// Pushes the primitives for one call, and says the shapes of the parameters.
    ///
    /// - Parameter inputs: values whose shapes are known (where `needsShapes`), at least one.
    /// - Throws: `malformed` where the inputs do not fit, `unsupported` where the layer's meaning is not covered; its
    ///   operations are unknown then.
    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID]
}

extension LayerKind {
    var parameters: [ParameterRole] { [] }
    var needsShapes: Bool { true }
    var carriesMask: Bool { false }
}

/// Parameters of a layer, in order: their places in `.weights.h5` are numbered as they come.
func roles(_ list: [(name: String, purpose: ParameterRole.Purpose, outputs: OutputIndexing)?]) -> [ParameterRole] {
    list.compactMap { $0 }.enumerated().map { index, entry in
        ParameterRole(entry.name, entry.purpose, outputs: entry.outputs, weightsPath: "vars/\(index)")
    }
}
