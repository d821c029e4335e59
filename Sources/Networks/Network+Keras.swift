internal import Tensors

extension Network {
    /// The network that a Keras `model_config` describes.
    ///
    /// - Parameters:
    ///   - text: JSON as Keras 1, 2 or 3 or tf_keras writes it, of a sequential or functional model.
    ///   - keepsNoise: whether dropout and its kin are steps of the program, for training.
    /// - Throws: `malformed` where it contradicts itself, `limit` where it is too large, `unsupported` where the model
    ///   does not describe its layers (a subclassed model).
    public init(kerasConfig text: String, keepsNoise: Bool = false) throws {
        try self.init(kerasConfig: JSONValue(parsing: text), keepsNoise: keepsNoise)
    }

    /// The network that a parsed Keras `model_config` describes. Throws as the other.
    public init(kerasConfig json: JSONValue, keepsNoise: Bool = false) throws {
        self = try NetworkBuilder.build(ModelConfig(json), keepsNoise: keepsNoise)
    }
}
