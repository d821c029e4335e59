/// Maxima or means of as many windows as the output has elements, which may overlap by one element: along an axis of
/// extent n, window i of m reaches from i · n / m, rounded down, to (i + 1) · n / m, rounded up.
struct AdaptivePoolingLayer: LayerKind {
    static let names = ["Average", "Max"].flatMap { kind in (1...3).map { "Adaptive\(kind)Pooling\($0)D" } }

    private let kind: Reduction.Kind
    private let size: [Int]
    private let channels: ChannelAxis

    /// Windows are steps of their own where they differ.
    private static let maximumWindows = 4096

    init(_ config: LayerConfig) throws {
        kind = config.className.hasPrefix("AdaptiveMax") ? .maximum : .average
        size = try config.integers("output_size", count: config.rank(), in: 1...Self.maximumWindows)
        channels = try config.channels()
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let spatial = try channels.split(lowering.extents(inputs[0]), rank: size.count).spatial
        let extents = try spatial.map { try lowering.fixed($0) }
        guard extents.allSatisfy({ $0 > 0 }) else { throw lowering.failure("There is nothing to pool.") }
        if zip(extents, size).allSatisfy({ $0 % $1 == 0 }) {
            let steps = zip(extents, size).map { $0 / $1 }
            let pooling = Pooling(
                kind == .maximum ? .maximum : .average, window: Window(size: steps, strides: steps, padding: .valid),
                channels: channels)
            return [try lowering.push(.pooling(pooling), inputs)]
        }
        var value = inputs[0]
        for (axis, (extent, count)) in zip(extents, size).enumerated() {
            value = try pooled(value, axis: channels == .last ? axis : axis + 1, extent, count, &lowering)
        }
        return [value]
    }

    /// index · extent / count, in an order in which nothing overflows.
    private static func bound(_ index: Int, _ extent: Int, _ count: Int, roundsUp: Bool) -> Int {
        index * (extent / count) + (index * (extent % count) + (roundsUp ? count - 1 : 0)) / count
    }

    private func pooled(
        _ value: ValueID, axis: Int, _ extent: Int, _ count: Int, _ lowering: inout Lowering
    ) throws -> ValueID {
        if extent == count { return value }
        let parts = try (0..<count).map { index in
            let start = Self.bound(index, extent, count, roundsUp: false)
            let end = Self.bound(index + 1, extent, count, roundsUp: true)
            let part = try lowering.slice(value, axis: axis, start: start, count: end - start)
            return try lowering.reduce(kind, part, axes: [axis], keepsAxes: true)
        }
        return try lowering.concatenate(parts, axis: axis)
    }
}
