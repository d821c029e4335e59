/// Vectors along some axes scaled to a length of 1.
struct UnitNormalizationLayer: LayerKind {
    static let names = ["UnitNormalization"]

    private let axes: [Int]
    private let least: Double

    init(_ config: LayerConfig) throws {
        axes = try config.integerList("axis") ?? [-1]
        // Keras 3 keeps the inverse length below 10¹², Keras 2 the squared length above 10⁻¹².
        least = config.dialect == .keras3 ? 1e-24 : 1e-12
    }

    var carriesMask: Bool { true }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let extents = lowering.extents(inputs[0])
        let positions = Set(try axes.map { try extents.position(ofKerasAxis: $0) }).sorted()
        return [try lowering.normalised(inputs[0], axes: positions, least: least)]
    }
}
