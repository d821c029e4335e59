internal import Tensors

/// Functions that are layers without parameters.
extension Operation {
    static let networks: [String: Handler] = [
        "OneHot": oneHot, "MultiHot": multiHot, "Normalize": normalise, "LayerNorm": layerNorm, "RMSNorm": rmsNorm,
        "MaxPool": { try pool(.maximum, $0, &$1) }, "AveragePool": { try pool(.average, $0, &$1) }, "Resize": resize,
        "NanToNum": replaceNaN,
    ]

    private static func oneHot(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let count = call.option("num_classes", "depth", at: 1)?.integer else {
            throw lowering.unsupported("it does not say how many classes there are")
        }
        let rank = lowering.extents(value).count + 1
        let axis = try lowering.axis(call.option("axis") ?? .integer(-1), of: rank)
        return [try lowering.oneHot(value, count: count, axis: axis)]
    }

    private static func multiHot(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let count = call.option("num_classes", "num_tokens", at: 1)?.integer,
            call.option("axis")?.integer ?? -1 == -1, !lowering.extents(value).isEmpty
        else { throw lowering.unsupported("it is an encoding that is not covered") }
        return [try lowering.reduce(.maximum, lowering.oneHot(value, count: count), axes: [0])]
    }

    private static func normalise(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard call.option("order")?.integer ?? 2 == 2 else { throw lowering.unsupported("it is no Euclidean norm") }
        let axes = try lowering.axes(call.option("axis") ?? .integer(-1), of: lowering.extents(value).count)
        let least = call.option("epsilon")?.number ?? 1e-7
        return [try lowering.normalised(value, axes: axes, least: least * least)]
    }

    private static func layerNorm(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        try standardise(call.flag("rms_scaling") ? .varianceUncentred : .variance, 1e-7, call, &lowering)
    }

    private static func rmsNorm(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        try standardise(.meanSquare, 1e-7, call, &lowering)
    }

    private static func standardise(
        _ moment: Standardisation.Moment, _ standard: Double, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let value = try lowering.value(call)
        let parameters = call.operands.dropFirst() + call.named.filter { $0.key != "x" }.map(\.value)
        guard call.values.count == 1, parameters.allSatisfy({ $0.constant?.array == nil }) else {
            throw lowering.unsupported("it scales and shifts by values")
        }
        let axes = try lowering.axes(call.option("axis") ?? .integer(-1), of: lowering.extents(value).count)
        let epsilon = call.option("epsilon")?.number ?? standard
        let primitive = Standardisation(
            axes: axes, hasScale: false, hasShift: false, moment: moment, epsilon: epsilon)
        return [try lowering.push(.standardisation(primitive), [value])]
    }

    private static func pool(
        _ kind: Pooling.Kind, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count - 1
        guard (1...3).contains(rank) else { throw lowering.failure("It takes a value with spatial axes and channels.") }
        var fields = call.options
        for (key, argument) in call.named { fields[key] = fields[key] ?? argument.constant }
        let config = LayerConfig(lowering.layer, call.name, fields, lowering.dialect)
        let window = try config.window(size: "pool_size", rank: rank, stridesDefault: nil)
        return [try lowering.push(.pooling(Pooling(kind, window: window, channels: config.channels())), [value])]
    }

    private static func resize(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let config = LayerConfig(lowering.layer, call.name, call.options, lowering.dialect)
        let size = try config.integers("size", count: 2)
        var fields = call.options
        (fields["height"], fields["width"]) = (.integer(size[0]), .integer(size[1]))
        let layer = try ResizingLayer(LayerConfig(lowering.layer, call.name, fields, lowering.dialect))
        return try layer.lower([lowering.value(call)], into: &lowering)
    }

    private static func replaceNaN(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let isNaN = try lowering.apply("isnan", value)
        let number = try lowering.constant(call.option("nan")?.number ?? 0, with: value)
        let finite = try lowering.push(.elementwise(Elementwise(.select)), [isNaN, number, value])
        let most = call.option("posinf")?.number ?? Double(Float.greatestFiniteMagnitude)
        let least = call.option("neginf")?.number ?? -Double(Float.greatestFiniteMagnitude)
        return [try lowering.combine(.maximum, lowering.combine(.minimum, finite, most), least)]
    }
}
