internal import Tensors

/// Functions of two values, or of a value and numbers.
extension Operation {
    static let arithmetic: [String: Handler] = {
        let kinds: [String: Elementwise.Kind] = [
            "Add": .add, "Subtract": .subtract, "Multiply": .multiply, "Divide": .divide, "TrueDivide": .divide,
            "FloorDivide": .floorDivide, "Mod": .remainder, "Power": .power, "Maximum": .maximum,
            "Minimum": .minimum, "Fmax": .maximum, "Fmin": .minimum, "Equal": .equal, "NotEqual": .notEqual,
            "Greater": .greater,
            "GreaterEqual": .greaterOrEqual, "Less": .less, "LessEqual": .lessOrEqual, "LogicalAnd": .and,
            "LogicalOr": .or, "LogicalXor": .exclusiveOr,
        ]
        var result: [String: Handler] = kinds.mapValues { kind in { try combine(kind, $0, &$1) } }
        result["Where"] = choose
        result["Clip"] = clip
        result["DivideNoNan"] = divideSafely
        result["SquaredDifference"] = { call, lowering in
            let difference = try combine(.subtract, call, &lowering)[0]
            return [try lowering.combine(.multiply, difference, difference)]
        }
        return result
    }()

    private static func combine(
        _ kind: Elementwise.Kind, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        guard let left = call.operand(0, "x1", "x"), let right = call.operand(call.operands.isEmpty ? 0 : 1, "x2", "y"),
            let some = (left.tensors + right.tensors).first
        else { throw lowering.unsupported("it does not combine two values") }
        let number = NumberGrid(right.constant ?? left.constant ?? .null).flatMap { $0.extents.isEmpty ? $0 : nil }
        if let number = number?.values.first {
            let isFirst = left.tensors.isEmpty
            switch kind {
            case .add: return [try lowering.push(.affine(Affine(shift: number)), [some])]
            case .multiply: return [try lowering.push(.affine(Affine(scale: number)), [some])]
            case .subtract where isFirst: return [try lowering.push(.affine(Affine(scale: -1, shift: number)), [some])]
            case .subtract: return [try lowering.push(.affine(Affine(shift: -number)), [some])]
            // A square is a product.
            case .power where !isFirst && number == 2: return [try lowering.combine(.multiply, some, some)]
            default: break
            }
        }
        let first = try lowering.materialise(left, with: some)
        let second = try lowering.materialise(right, with: some)
        try sameRank([left, right], &lowering)
        return [try lowering.combine(kind, first, second)]
    }

    /// Functions line axes up from the last one: values of fewer axes would meet with their batch.
    static func sameRank(_ operands: [OperationCall.Argument], _ lowering: inout Lowering) throws {
        let ranks = Set(operands.flatMap(\.tensors).map { lowering.extents($0).count })
        guard ranks.count <= 1 else { throw lowering.unsupported("it combines values of different numbers of axes") }
    }

    private static func choose(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        guard let condition = call.operand(0, "condition"), let first = call.operand(1, "x1", "x"),
            let second = call.operand(2, "x2", "y"), let some = call.values.first
        else { throw lowering.unsupported("it does not choose between two values") }
        try sameRank([condition, first, second], &lowering)
        let values = try [condition, first, second].map { try lowering.materialise($0, with: some) }
        return [try lowering.push(.elementwise(Elementwise(.select)), values)]
    }

    private static func clip(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var value = try lowering.value(call)
        if let least = call.option("x_min", "clip_value_min", "a_min", at: 1)?.number {
            value = try lowering.combine(.maximum, value, least)
        }
        if let most = call.option("x_max", "clip_value_max", "a_max", at: 2)?.number {
            value = try lowering.combine(.minimum, value, most)
        }
        return [value]
    }

    private static func divideSafely(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let quotient = try combine(.divide, call, &lowering)[0]
        guard let right = call.operand(1, "x2", "y") else { return [quotient] }
        let divisor = try lowering.materialise(right, with: quotient)
        let zero = try lowering.constant(0, with: quotient)
        return [try lowering.push(.elementwise(Elementwise(.select)), [divisor, quotient, zero])]
    }
}
