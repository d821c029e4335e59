/// The layer kinds that are understood, one line each.
enum LayerKinds {
    static let all: [any LayerKind.Type] = [
        ActivationFunctionLayer.self,
        ActivationLayer.self,
        ArithmeticLayer.self,
        BatchNormalizationLayer.self,
        BidirectionalLayer.self,
        ConcatenateLayer.self,
        ConvolutionLayer.self,
        CroppingLayer.self,
        CustomScaleLayer.self,
        DenseLayer.self,
        DepthwiseConvolutionLayer.self,
        EinsumDenseLayer.self,
        EmbeddingLayer.self,
        FlattenLayer.self,
        GlobalPoolingLayer.self,
        GroupNormalizationLayer.self,
        InputLayer.self,
        LayerNormalizationLayer.self,
        LayerScaleLayer.self,
        MaskFunctionLayer.self,
        MergeLayer.self,
        MultiHeadAttentionLayer.self,
        NormalizationLayer.self,
        PReLULayer.self,
        PassThroughLayer.self,
        PermuteLayer.self,
        PoolingLayer.self,
        RecurrentLayer.self,
        RepeatVectorLayer.self,
        RescalingLayer.self,
        ReshapeLayer.self,
        SeparableConvolutionLayer.self,
        TimeDistributedLayer.self,
        TransposedConvolutionLayer.self,
        UpSamplingLayer.self,
        ZeroPaddingLayer.self,
    ]

    private static let byName: [String: any LayerKind.Type] = {
        var result: [String: any LayerKind.Type] = [:]
        for kind in all {
            for name in kind.names { result[name] = kind }
        }
        return result
    }()

    static func kind(named name: String) -> (any LayerKind.Type)? { byName[name] }

    /// The layer that a wrapper wraps: `{"class_name": …, "config": …}` under `key`.
    static func wrapped(_ key: String, of config: LayerConfig) throws -> (kind: any LayerKind, config: LayerConfig) {
        guard let json = config.value(key), let className = json["class_name"]?.string,
            let fields = json["config"]?.object
        else { throw config.failure("'\(key)' describes no layer.") }
        let name = ModelConfig.kindName(
            className, module: json["module"]?.string, registered: json["registered_name"]?.string)
        let inner = LayerConfig(path: config.path, className: className, fields: fields)
        guard let kind = kind(named: name) else {
            throw config.unsupported("the layer it wraps, '\(className)', is not known")
        }
        return (try kind.init(inner), inner)
    }
}
