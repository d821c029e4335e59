/// The same elements under another shape.
struct ReshapeLayer: LayerKind {
    static let names = ["Reshape"]

    private let target: [Int]

    init(_ config: LayerConfig) throws {
        guard let list = config.value("target_shape")?.array else { throw config.failure("'target_shape' is missing.") }
        target = list.map { $0.isNull ? -1 : $0.integer ?? -2 }
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        [try lowering.push(.reshape(Reshape(target)), inputs)]
    }
}
