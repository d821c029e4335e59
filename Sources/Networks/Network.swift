public import Tensors

/// A network: its layers, the calls of them, and the program of primitives that they amount to.
///
/// A layer that is not understood leaves the network whole. Its outputs have no shape then, and neither has what
/// follows from them; `Layer.issue` and `Call.issue` say why.
public struct Network: Sendable {
    /// A parameter of a layer.
    public struct Parameter: Sendable, Hashable {
        public var role: ParameterRole
        /// Nil where the layer is never called, or its input has no known shape.
        public var shape: Shape?
    }

    public struct Layer: Sendable {
        /// Names of the models that hold it, and its own, joined by `/`.
        public var path: String
        /// As the layer is called in its model; it may contain slashes itself.
        public var name: String
        public var className: String
        /// In the order in which Keras lists them.
        public var parameters: [Parameter]
        /// Whether it is itself a model, whose layers are listed after it.
        public var isModel: Bool
        /// Names of the models that hold it, outermost first, without the network itself.
        public var ancestors: [String]
        /// The type that the configuration gives it: `float32`, `mixed_bfloat16`, `int8_from_float32`, …
        public var dtype: String?
        /// Whether the configuration says that its weights are quantised.
        public var isQuantized: Bool
        /// Why the layer is not understood, as a clause; nil where it is.
        public var issue: String?
        /// Whether the configuration says that its weights, and those of layers in it, are not trained.
        public var isFrozen = false
        /// What it does in training alone, beside what it computes.
        public var trainingEffect: TrainingEffect?
    }

    /// What a layer does in training alone.
    public enum TrainingEffect: Sendable, Hashable {
        /// It is there for noise, dropout and its kin, or drops some of its inputs, states or weights.
        case noise
        /// It changes examples at random.
        case augmentation
    }

    /// One use of a layer. A shared layer is called more than once.
    public struct Call: Sendable {
        /// Position in `layers`.
        public var layer: Int
        public var inputs: [ValueID]
        public var outputs: [ValueID]
        /// The steps that it became, in `program`.
        public var steps: Range<Int>
        /// Why its operations are unknown, as a clause.
        public var issue: String?
    }

    public var name: String
    public var className: String
    public var layers: [Layer]
    public var calls: [Call]
    public var program: Program
    public var inputs: [ValueID]
    public var outputs: [ValueID]

    /// The parameter that a reference names.
    public func parameter(_ reference: ParameterReference) -> Parameter? {
        guard let position = positions[reference.layer] else { return nil }
        return layers[position].parameters.first { $0.role.name == reference.role }
    }

    /// Whether the layer of a parameter is not trained.
    public func isFrozen(_ reference: ParameterReference) -> Bool { layer(at: reference.layer)?.isFrozen ?? false }

    /// The layer with a path.
    public func layer(at path: String) -> Layer? { positions[path].map { layers[$0] } }

    let positions: [String: Int]
    var givenNames: GivenNames?

    /// Shapes of the outputs of a layer's first call, without the batch axis; nil for one that is not known.
    public func outputExtents(ofLayer position: Int) -> [Extents?] {
        calls.first { $0.layer == position }.map { $0.outputs.map { program[$0].extents } } ?? []
    }
}
