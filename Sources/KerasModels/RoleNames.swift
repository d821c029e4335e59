internal import ModelIO
internal import Networks

/// Roles by name alone, for weights whose layer is not known.
enum RoleNames {
    /// What the name of a weight says of it; nil where it says nothing.
    static func purpose(_ name: String) -> ParameterRole.Purpose? {
        if let known = table[name] { return known }
        for (suffix, purpose) in suffixes where name.hasSuffix(suffix) { return purpose }
        return nil
    }

    private static let table: [String: ParameterRole.Purpose] = [
        "kernel": .weight, "recurrent_kernel": .weight, "depthwise_kernel": .weight, "pointwise_kernel": .weight,
        "embeddings": .embedding, "bias": .bias, "gamma": .normalisation, "beta": .normalisation,
        "scale": .normalisation, "moving_mean": .statistics, "moving_variance": .statistics, "mean": .statistics,
        "variance": .statistics, "count": .state, "alpha": .activation, "seed_generator_state": .state,
        "mask": .state, "threshold": .state, "pruning_step": .state, "position_embeddings": .embedding,
    ]

    /// Keras 1 puts the layer's name before: `dense_1_W`.
    private static let suffixes: [(String, ParameterRole.Purpose)] = [
        ("_kernel", .weight), ("_embeddings", .embedding), ("_W", .weight), ("_U", .weight), ("_bias", .bias),
        ("_b", .bias), ("_gamma", .normalisation), ("_beta", .normalisation), ("_running_mean", .statistics),
        ("_running_std", .statistics), ("_moving_mean", .statistics), ("_moving_variance", .statistics),
        ("_scale", .normalisation), ("_zero_point", .state), ("_zero", .state), ("_amax_history", .state),
        ("_state", .state),
    ]

    /// The roles of the variables of a class by number, where the class tells; the name is that of the group in a
    /// `.weights.h5` file, without its number.
    static func variables(ofClass name: String) -> [String]? {
        switch name {
        case "dense", "conv1d", "conv2d", "conv3d", "conv1d_transpose", "conv2d_transpose", "conv3d_transpose",
            "einsum_dense":
            ["kernel", "bias"]
        case "depthwise_conv1d", "depthwise_conv2d": ["depthwise_kernel", "bias"]
        case "separable_conv1d", "separable_conv2d": ["depthwise_kernel", "pointwise_kernel", "bias"]
        case "embedding", "token_embedding", "position_embedding": ["embeddings"]
        case "cell", "lstm_cell", "gru_cell", "simple_rnn_cell": ["kernel", "recurrent_kernel", "bias"]
        case "batch_normalization": ["gamma", "beta", "moving_mean", "moving_variance"]
        case "layer_normalization", "group_normalization", "rms_normalization": ["gamma", "beta"]
        case "normalization": ["mean", "variance", "count"]
        case "p_re_lu": ["alpha"]
        case "seed_generator": ["seed_generator_state"]
        default: name.hasSuffix("_dense") ? ["kernel", "bias"] : nil
        }
    }
}
