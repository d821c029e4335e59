/// Sums of products of two values along an axis of each.
struct DotLayer: LayerKind {
    static let names = ["Dot"]

    /// As Keras counts them, the batch being axis 0.
    private let axes: [Int]
    private let normalises: Bool
    /// What the sum of squares is at least.
    private let least: Double

    init(_ config: LayerConfig) throws {
        axes = try config.integers("axes", count: 2, in: -64...64)
        normalises = try config.bool("normalize", default: false)
        least = config.dialect == .keras3 ? 1e-14 : 1e-12
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        guard inputs.count == 2 else { throw lowering.failure("It takes 2 inputs, not \(inputs.count).") }
        let ranks = inputs.map { lowering.extents($0).count }
        let positions = try zip(inputs, axes).map { try lowering.extents($0).position(ofKerasAxis: $1) }
        var operands = inputs
        if normalises {
            for index in 0..<2 {
                operands[index] = try lowering.normalised(inputs[index], axes: [positions[index]], least: least)
            }
        }
        let left = Array(0..<ranks[0])
        var right = (0..<ranks[1]).map { ranks[0] + $0 }
        right[positions[1]] = positions[0]
        var output = left + right
        output.removeAll { $0 == positions[0] }
        // Of two vectors, the product keeps an axis.
        let product = try lowering.push(
            .valueProduct(ValueProduct(left: left, right: right, output: output)), operands)
        return [output.isEmpty ? try lowering.reshape(product, [1]) : product]
    }
}

extension Lowering {
    /// A value divided by the root of the sum of its squares along some axes, of which there is at least `least`.
    mutating func normalised(_ value: ValueID, axes: [Int], least: Double) throws -> ValueID {
        let primitive = Standardisation(
            axes: axes, hasScale: false, hasShift: false, moment: .sumOfSquares, epsilon: least)
        return try push(.standardisation(primitive), [value])
    }
}
