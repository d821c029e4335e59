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
        // Of masks, only the mean over time takes notice.
        if kind == .average, rank == 1, let mask = lowering.call(mask: inputs[0]) {
            let place = channels == .last ? 1 : 0
            let spread = try lowering.inserting(axes: [place], into: mask)
            let reduction = Reduction(.average, axes: [1 - place], keepsAxes: keepsAxes)
            return [try lowering.push(.reduction(reduction), [inputs[0], spread])]
        }
        let axes = channels == .last ? Array(0..<rank) : Array(1...rank)
        return [try lowering.push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), inputs)]
    }
}
