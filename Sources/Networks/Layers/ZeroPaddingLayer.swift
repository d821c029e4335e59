/// Zeros around the spatial axes.
struct ZeroPaddingLayer: LayerKind {
    static let names = ["ZeroPadding1D", "ZeroPadding2D", "ZeroPadding3D"]

    private let primitive: Padding

    init(_ config: LayerConfig) throws {
        let pairs = try config.pairs("padding", count: config.rank())
        primitive = Padding(before: pairs.map(\.before), after: pairs.map(\.after), channels: try config.channels())
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.padding(primitive), inputs)]
    }
}
