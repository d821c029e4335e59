/// The layer kinds that are understood, one line each.
enum LayerKinds {
    static let all: [any LayerKind.Type] = [
        ActivationFunctionLayer.self,
        ActivationLayer.self,
        AdaptivePoolingLayer.self,
        AttentionLayer.self,
        BatchNormalizationLayer.self,
        BidirectionalLayer.self,
        CategoryEncodingLayer.self,
        CenterCropLayer.self,
        ConcatenateLayer.self,
        ConvolutionLayer.self,
        ConvolutionalRecurrentLayer.self,
        CroppingLayer.self,
        CustomScaleLayer.self,
        DenseLayer.self,
        DepthwiseConvolutionLayer.self,
        DiscretizationLayer.self,
        DotLayer.self,
        EinsumDenseLayer.self,
        EmbeddingLayer.self,
        FlattenLayer.self,
        GlobalPoolingLayer.self,
        GroupNormalizationLayer.self,
        GroupedQueryAttentionLayer.self,
        InputLayer.self,
        LayerNormalizationLayer.self,
        LayerScaleLayer.self,
        LocallyConnectedLayer.self,
        MaskingLayer.self,
        MergeLayer.self,
        MultiHeadAttentionLayer.self,
        NormalizationLayer.self,
        OperationLayer.self,
        PReLULayer.self,
        NoiseLayer.self,
        PassThroughLayer.self,
        PermuteLayer.self,
        PoolingLayer.self,
        RecurrentLayer.self,
        RepeatVectorLayer.self,
        RescalingLayer.self,
        ReshapeLayer.self,
        ResizingLayer.self,
        SeparableConvolutionLayer.self,
        SpectralNormalizationLayer.self,
        TensorFlowOperationLayer.self,
        TimeDistributedLayer.self,
        TransposedConvolutionLayer.self,
        UnitNormalizationLayer.self,
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

    /// The configuration of the layer that a wrapper wraps: `{"class_name": …, "config": …}` under `key`.
    static func configuration(_ key: String, of config: LayerConfig) throws -> LayerConfig {
        try configuration(config.value(key) ?? .null, key, of: config)
    }

    static func configuration(_ json: JSONValue, _ key: String, of config: LayerConfig) throws -> LayerConfig {
        guard let className = json["class_name"]?.string, let fields = json["config"]?.object else {
            throw config.failure("'\(key)' describes no layer.")
        }
        let name = ModelConfig.kindName(
            className, module: json["module"]?.string, registered: json["registered_name"]?.string)
        return LayerConfig(
            config.path, name, OldNames.translating(fields, of: className), config.dialect, depth: config.depth + 1)
    }

    /// The kind of a layer that another wraps.
    ///
    /// - Throws: `unsupported` where it is not known.
    static func kind(_ config: LayerConfig) throws -> any LayerKind {
        guard let kind = kind(named: config.className) else {
            throw config.unsupported("the layer it wraps, '\(config.className)', is not known")
        }
        guard config.depth <= ModelConfig.maximumNesting else {
            throw config.failure("Layers wrap one another deeper than \(ModelConfig.maximumNesting) levels.")
        }
        return try kind.init(config)
    }
}
