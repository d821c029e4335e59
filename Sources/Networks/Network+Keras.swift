internal import Tensors

extension Network {
    /// The network that a Keras `model_config` describes.
    ///
    /// - Parameter text: JSON as Keras 1, 2 or 3 or tf_keras writes it, of a sequential or functional model.
    /// - Throws: `malformed` where it contradicts itself, `limit` where it is too large, `unsupported` where the model
    ///   does not describe its layers (a subclassed model).
    public init(kerasConfig text: String) throws {
        try self.init(kerasConfig: JSONValue(parsing: text))
    }

    /// The network that a parsed Keras `model_config` describes. Throws as the other.
    public init(kerasConfig json: JSONValue) throws {
        self = try NetworkBuilder.build(ModelConfig(json))
    }
}
