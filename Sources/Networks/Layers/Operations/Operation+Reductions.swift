internal import Tensors

/// Functions that leave fewer elements.
extension Operation {
    static let reductions: [String: Handler] = {
        let kinds: [String: Reduction.Kind] = [
            "Mean": .average, "Sum": .sum, "Max": .maximum, "Amax": .maximum, "Min": .minimum, "Amin": .minimum,
            "Prod": .product, "Argmax": .maximumIndex, "Argmin": .minimumIndex,
        ]
        var result: [String: Handler] = kinds.mapValues { kind in { try reduce(kind, $0, &$1) } }
        result["Any"] = { try test(.maximum, $0, &$1) }
        result["All"] = { try test(.minimum, $0, &$1) }
        result["CountNonzero"] = { try test(.sum, $0, &$1) }
        result["Var"] = variance
        result["Std"] = { [try $1.apply("sqrt", variance($0, &$1)[0])] }
        result["Logsumexp"] = logSumExp
        result["Norm"] = norm
        return result
    }()

    private static func parts(
        _ call: OperationCall, _ lowering: Lowering
    ) throws -> (value: ValueID, axes: [Int], keepsAxes: Bool) {
        let value = try lowering.value(call)
        let axes = try lowering.axes(call.option("axis", at: 1), of: lowering.extents(value).count)
        return (value, axes, call.flag("keepdims") || call.flag("keep_dims"))
    }

    private static func reduce(
        _ kind: Reduction.Kind, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let (value, axes, keepsAxes) = try parts(call, lowering)
        var result = try lowering.reduce(kind, value, axes: axes, keepsAxes: keepsAxes)
        if let initial = call.option("initial")?.number, kind == .maximum || kind == .minimum {
            result = try lowering.combine(kind == .maximum ? .maximum : .minimum, result, initial)
        }
        return [result]
    }

    /// Of elements, whether they are not 0.
    private static func test(
        _ kind: Reduction.Kind, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let (value, axes, keepsAxes) = try parts(call, lowering)
        let holds = try lowering.combine(.notEqual, value, 0)
        return [try lowering.reduce(kind, holds, axes: axes, keepsAxes: keepsAxes)]
    }

    private static func variance(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (value, axes, keepsAxes) = try parts(call, lowering)
        let mean = try lowering.reduce(.average, value, axes: axes, keepsAxes: true)
        let difference = try lowering.combine(.subtract, value, mean)
        let square = try lowering.combine(.multiply, difference, difference)
        return [try lowering.reduce(.average, square, axes: axes, keepsAxes: keepsAxes)]
    }

    private static func logSumExp(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (value, axes, keepsAxes) = try parts(call, lowering)
        let largest = try lowering.reduce(.maximum, value, axes: axes, keepsAxes: true)
        let powers = try lowering.apply("exp", lowering.combine(.subtract, value, largest))
        let sum = try lowering.apply("log", lowering.reduce(.sum, powers, axes: axes, keepsAxes: keepsAxes))
        let offset = keepsAxes ? largest : try lowering.reduce(.maximum, value, axes: axes)
        return [try lowering.combine(.add, sum, offset)]
    }

    private static func norm(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (value, axes, keepsAxes) = try parts(call, lowering)
        let order = call.option("ord")
        guard axes.count == 1, order == nil || order?.number == 2 || order?.string == "euclidean" else {
            throw lowering.unsupported("it is another norm than the Euclidean one of a vector")
        }
        let square = try lowering.combine(.multiply, value, value)
        return [try lowering.apply("sqrt", lowering.reduce(.sum, square, axes: axes, keepsAxes: keepsAxes))]
    }
}
