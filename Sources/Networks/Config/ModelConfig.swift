internal import Tensors

/// A model as its configuration describes it: layers, some of them models, and how they are called.
struct ModelConfig {
    struct Node {
        var name: String
        var className: String
        /// What the registry knows the class by: the class name, qualified where it is not one of Keras's layers.
        var kindName: String
        var fields: [String: JSONValue]
        var model: ModelConfig?
        /// Whether the model is applied to each element of the first axis.
        var isDistributed: Bool
        var calls: [Call]
        /// The shape that the layer says its input has, without batch.
        var inputExtents: Extents?

        /// A dtype or the name of a policy, plain or as an object.
        var dtype: String? {
            guard let dtype = fields["dtype"], !dtype.isNull else { return nil }
            let policy = dtype["config"]
            if let mode = policy?["mode"]?.string {
                return "\(mode)_from_\(policy?["source_name"]?.string ?? "float32")"
            }
            return dtype.string ?? policy?["name"]?.string
        }

        var isQuantized: Bool {
            fields["quantization_config"].map { !$0.isNull } ?? false || dtype?.contains("_from_") ?? false
        }
    }

    struct Call {
        /// The values that the layer works on, without masks.
        var inputs: [TensorKey]
        var arguments: CallArguments<TensorKey>
    }

    var name: String
    var className: String
    var isSequential: Bool
    var nodes: [Node]
    var inputs: [TensorKey]
    var outputs: [TensorKey]
    /// A sequential model's input, where it says so itself.
    var inputExtents: Extents?
    /// Whose rules go where generations of Keras differ.
    let dialect: Activation.Dialect

    static let maximumNesting = 32

    /// - Throws: `malformed`; `unsupported` for a model that does not describe its layers (a subclassed one).
    init(_ json: JSONValue, nesting: Int = 0, dialect: Activation.Dialect? = nil) throws {
        guard nesting < Self.maximumNesting else {
            throw SparsifyError(.malformed, "Models nest deeper than \(Self.maximumNesting) levels.")
        }
        guard let className = json["class_name"]?.string, let config = json["config"] else {
            throw SparsifyError(.malformed, "The model's configuration has no 'class_name' or no 'config'.")
        }
        self.className = className
        name = config["name"]?.string ?? "model"
        let isSequential = Self.isSequential(className, config)
        self.isSequential = isSequential
        guard let layers = config.array ?? config["layers"]?.array else {
            throw SparsifyError(
                .unsupported, "The model is a '\(className)' whose configuration does not describe its layers.")
        }
        self.dialect = dialect ?? Self.dialect(layers)
        nodes = try layers.map { [dialect = self.dialect] in try Self.node($0, nesting, dialect) }
        var names: Set<String> = []
        for node in nodes where !names.insert(node.name).inserted {
            throw SparsifyError(.malformed, "Model '\(name)' has two layers that are named '\(node.name)'.")
        }
        inputs = TensorKey.keys(in: config["input_layers"] ?? .null)
        outputs = TensorKey.keys(in: config["output_layers"] ?? .null)
        inputExtents =
            try LayerConfig.extents(withBatch: config["build_input_shape"])
            ?? LayerConfig.extents(withBatch: json["build_config"]?["input_shape"])
    }

    private static func isSequential(_ className: String, _ config: JSONValue) -> Bool {
        config.array != nil || className == "Sequential" || (config["layers"] != nil && config["output_layers"] == nil)
    }

    /// Whether a layer's configuration is that of a model.
    private static func isModel(_ className: String, _ config: JSONValue) -> Bool {
        switch className {
        case "Sequential": config.array != nil || config["layers"]?.array != nil
        default: config["layers"]?.array != nil && config["input_layers"] != nil && config["output_layers"] != nil
        }
    }

    /// Keras 3 is told by how it writes the shapes of inputs, the types of layers, and calls.
    private static func dialect(_ layers: [JSONValue]) -> Activation.Dialect {
        for layer in layers {
            let config = layer["config"]
            if config?["batch_shape"] != nil || config?["dtype"]?["class_name"]?.string == "DTypePolicy" {
                return .keras3
            }
            if TensorKey.keys(in: layer["inbound_nodes"] ?? .null).contains(where: { $0.origin == .history }) {
                return .keras3
            }
        }
        return .keras2
    }

    private static func node(_ json: JSONValue, _ nesting: Int, _ dialect: Activation.Dialect) throws -> Node {
        guard let className = json["class_name"]?.string, let config = json["config"] else {
            throw SparsifyError(.malformed, "A layer's configuration has no 'class_name' or no 'config'.")
        }
        let fields = config.object ?? [:]
        guard let name = json["name"]?.string ?? fields["name"]?.string, !name.isEmpty else {
            throw SparsifyError(.malformed, "A layer of class '\(className)' has no name.")
        }
        let inbound = json["inbound_nodes"]?.array ?? []
        let calls = inbound.map { Call(inputs: TensorKey.keys(in: $0), arguments: CallArguments(inboundNode: $0)) }
        var kindName = kindName(
            className, module: json["module"]?.string, registered: json["registered_name"]?.string)
        // In legacy files, functions of Keras 3 are told from layers by lacking what every layer says of itself.
        if fields["trainable"] == nil, LayerKinds.kind(named: "ops.\(className)") != nil,
            calls.contains(where: { $0.inputs.contains { $0.origin == .history } })
        {
            kindName = "ops.\(className)"
        }
        let shape = fields["batch_shape"] ?? fields["batch_input_shape"] ?? json["build_config"]?["input_shape"]
        let inner = className == "TimeDistributed" ? fields["layer"] ?? json : json
        let model = isModel(inner["class_name"]?.string ?? "", inner["config"] ?? .null) ? inner : nil
        return Node(
            name: name, className: className,
            kindName: kindName,
            fields: OldNames.translating(fields, of: className),
            model: try model.map { try ModelConfig($0, nesting: nesting + 1, dialect: dialect) },
            isDistributed: model != nil && className == "TimeDistributed",
            calls: calls,
            // A layer of several inputs has a list of shapes here, of no use.
            inputExtents: try? LayerConfig.extents(withBatch: shape))
    }

    /// Layers of Keras by their class; functions of Keras as `ops.Add`; what users wrote by what they registered.
    static func kindName(_ className: String, module: String?, registered: String?) -> String {
        guard let module, module != "builtins" else { return className }
        if module.hasPrefix("keras.src.ops.") || module.hasPrefix("keras.ops") { return "ops.\(className)" }
        let homes = ["keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras"]
        if homes.contains(where: { module == $0 || module.hasPrefix("\($0).") }) { return className }
        return registered.map { $0.contains(">") ? $0 : "\(module)>\($0)" } ?? "\(module)>\(className)"
    }
}
