/// The maximum or mean of each channel.
struct GlobalPoolingLayer: LayerKind {
    static let names =
        ["GlobalMaxPooling", "GlobalAveragePooling", "GlobalMaxPool", "GlobalAvgPool"].flatMap { name in
            (1...3).map { "\(name)\($0)D" }
        }

    private let kind: Reduction.Kind
    private let rank: Int
    private let channels: ChannelAxis
    private let keepsAxes: Bool

    init(_ config: LayerConfig) throws {
        kind = config.className.hasPrefix("GlobalMax") ? .maximum : .average
        rank = try config.rank()
        channels = try config.channels()
        keepsAxes = try config.bool("keepdims", default: false)
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        _ = try channels.split(lowering.extents(inputs[0]), rank: rank)
        let axes = channels == .last ? Array(0..<rank) : Array(1...rank)
        return [try lowering.push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), inputs)]
    }
}
