internal import Networks

/// What the path of a weight says: whose it is, and which of its layer's weights.
struct WeightBinding {
    /// The layer, as the file names it.
    var layer: String
    /// The weight's own name.
    var role: String
    /// The parameter of the network.
    var parameter: ParameterReference?
}

extension ParameterRole {
    /// Whether a weight with this path, below its layer's group, may be this parameter.
    func matches(path components: [String]) -> Bool {
        guard let last = components.last else { return false }
        var parts = name.split(separator: "/").map(String.init)
        guard let own = parts.popLast() else { return false }
        let names = [KerasPaths.bareName(last), KerasPaths.withoutNumber(KerasPaths.bareName(last))]
        // Keras 3 calls the kernel of a depthwise convolution just `kernel`; Keras 1 puts the layer's name before.
        guard names.contains(where: { $0 == own || own.hasSuffix("_\($0)") || Self.keras1($0) == own }) else {
            return false
        }
        return parts.allSatisfy { part in
            components.dropLast().contains { $0 == part || $0.hasPrefix("\(part)_") || $0.hasPrefix("_\(part)_") }
        }
    }

    private static func keras1(_ name: String) -> String? {
        let suffixes = [
            "_W": "kernel", "_U": "recurrent_kernel", "_b": "bias", "_gamma": "gamma", "_beta": "beta",
            "_running_mean": "moving_mean", "_running_std": "moving_variance", "_embeddings": "embeddings",
        ]
        return suffixes.first { name.hasSuffix($0.key) }?.value
    }
}
