/// What Keras 1 called the options of layers.
enum OldNames {
    private static let renames = [
        "nb_filter": "filters", "border_mode": "padding", "subsample": "strides", "subsample_length": "strides",
        "filter_length": "kernel_size", "atrous_rate": "dilation_rate", "bias": "use_bias",
        "inner_activation": "recurrent_activation", "length": "size",
    ]

    /// The options under the names that Keras has had since version 2; those of later versions are left as they are.
    static func translating(_ fields: [String: JSONValue], of className: String) -> [String: JSONValue] {
        var result = fields
        for (old, new) in renames where result[new] == nil {
            if let value = fields[old], !value.isNull { result[new] = value }
        }
        if className != "Embedding", result["units"] == nil { result["units"] = fields["output_dim"] }
        if result["kernel_size"] == nil, let rows = fields["nb_row"], let columns = fields["nb_col"] {
            result["kernel_size"] = .array([rows, columns])
        }
        if result["data_format"] == nil, let order = fields["dim_ordering"]?.string {
            result["data_format"] = .string(order == "th" ? "channels_first" : "channels_last")
        }
        return result
    }
}
