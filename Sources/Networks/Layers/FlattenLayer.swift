/// All axes as one; channels go last before, where they were first.
struct FlattenLayer: LayerKind {
    static let names = ["Flatten"]

    private let channels: ChannelAxis

    init(_ config: LayerConfig) throws { channels = try config.channels() }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        var value = inputs[0]
        let rank = lowering.extents(value).count
        if channels == .first, rank > 1 {
            value = try lowering.push(.transpose(Transpose(Array(1..<rank) + [0])), [value])
        }
        return [try lowering.push(.reshape(Reshape([-1])), [value])]
    }
}
