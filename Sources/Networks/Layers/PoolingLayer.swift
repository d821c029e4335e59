/// Maxima or means under a sliding window.
struct PoolingLayer: LayerKind {
    static let names =
        ["MaxPooling", "AveragePooling", "MaxPool", "AvgPool"].flatMap { name in (1...3).map { "\(name)\($0)D" } }

    private let primitive: Pooling

    init(_ config: LayerConfig) throws {
        let rank = try config.rank()
        // Old one-dimensional layers name their options differently.
        let isOld = config.value("pool_size") == nil && config.value("pool_length") != nil
        primitive = Pooling(
            config.className.hasPrefix("Max") ? .maximum : .average,
            window: try config.window(
                size: isOld ? "pool_length" : "pool_size", rank: rank, strides: isOld ? "stride" : "strides",
                stridesDefault: nil),
            channels: try config.channels())
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.pooling(primitive), inputs)]
    }
}
