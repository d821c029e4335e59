/// The spatial axes without their ends.
struct CroppingLayer: LayerKind {
    static let names = ["Cropping1D", "Cropping2D", "Cropping3D"]

    private let primitive: Cropping

    init(_ config: LayerConfig) throws {
        let pairs = try config.pairs("cropping", count: config.rank())
        primitive = Cropping(before: pairs.map(\.before), after: pairs.map(\.after), channels: try config.channels())
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.cropping(primitive), inputs)]
    }
}
