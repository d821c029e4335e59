internal import Tensors

/// Functions that trade spatial extents for channels, keep a triangle of a matrix, or are small sums of others.
extension Operation {
    static let blocks: [String: Handler] = [
        "DepthToSpace": depthToSpace, "SpaceToDepth": spaceToDepth, "Tril": { try triangle(.greaterOrEqual, $0, &$1) },
        "Triu": { try triangle(.lessOrEqual, $0, &$1) }, "Moments": moments, "Ptp": spread,
        "AdaptiveAveragePool": { try adaptivePool("AdaptiveAveragePooling", $0, &$1) },
        "AdaptiveMaxPool": { try adaptivePool("AdaptiveMaxPooling", $0, &$1) },
        "Exp2": { call, lowering in
            let value = try lowering.value(call)
            return [try lowering.combine(.power, lowering.constant(2, with: value), value)]
        },
    ]

    private static func image(
        _ call: OperationCall, _ lowering: Lowering
    ) throws -> (value: ValueID, extents: [Int], block: Int) {
        let value = try lowering.value(call)
        guard call.option("data_format")?.string ?? "channels_last" != "channels_first",
            call.option("data_format")?.string != "NCHW"
        else { throw lowering.unsupported("it takes channels first") }
        let extents = try lowering.extents(value).map { try lowering.fixed($0) }
        guard extents.count == 3, let block = call.option("block_size", at: 1)?.integer, block > 0, block <= 1 << 20
        else { throw lowering.failure("It takes an image and the size of a block.") }
        return (value, extents, block)
    }

    private static func depthToSpace(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (value, extents, block) = try image(call, lowering)
        let depth = extents[2] / (block * block)
        guard depth * block * block == extents[2] else {
            throw lowering.failure("\(extents[2]) channels are no blocks of \(block) × \(block).")
        }
        let split = try lowering.reshape(value, [extents[0], extents[1], block, block, depth])
        let turned = try lowering.push(.transpose(Transpose([0, 2, 1, 3, 4])), [split])
        let what = "extent of an image"
        return [
            try lowering.reshape(
                turned,
                [try Checked.multiply(extents[0], block, what), try Checked.multiply(extents[1], block, what), depth])
        ]
    }

    private static func spaceToDepth(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let (value, extents, block) = try image(call, lowering)
        let (rows, columns) = (extents[0] / block, extents[1] / block)
        guard rows * block == extents[0], columns * block == extents[1] else {
            throw lowering.failure("An image of \(extents[0]) × \(extents[1]) is no blocks of \(block) × \(block).")
        }
        let split = try lowering.reshape(value, [rows, block, columns, block, extents[2]])
        let turned = try lowering.push(.transpose(Transpose([0, 2, 1, 3, 4])), [split])
        let depth = try Checked.multiply(extents[2], block * block, "number of channels")
        return [try lowering.reshape(turned, [rows, columns, depth])]
    }

    /// Where row + k and column compare so; zeros elsewhere.
    private static func triangle(
        _ kind: Elementwise.Kind, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count
        guard rank >= 2 else { throw lowering.unsupported("it is a triangle over the examples") }
        let rows = try lowering.push(.positions(Positions(axis: rank - 2)), [value])
        let columns = try lowering.push(.positions(Positions(axis: rank - 1)), [value])
        let offset = Double(call.option("k", at: 1)?.integer ?? 0)
        let shifted = offset == 0 ? rows : try lowering.push(.affine(Affine(shift: offset)), [rows])
        let inside = try lowering.combine(
            kind, lowering.inserting(axes: [1], into: shifted), lowering.inserting(axes: [0], into: columns))
        let zero = try lowering.constant(0, with: value)
        return [try lowering.push(.elementwise(Elementwise(.select)), [inside, value, zero])]
    }

    private static func moments(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var call = call
        call.options["axis"] = call.option("axes", "axis", at: 1)
        var results: [ValueID] = []
        for name in ["Mean", "Var"] {
            call.name = name
            results += try lower(call, into: &lowering)
        }
        return results
    }

    private static func spread(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var extremes: [ValueID] = []
        for name in ["Max", "Min"] {
            var call = call
            call.name = name
            extremes += try lower(call, into: &lowering)
        }
        return [try lowering.combine(.subtract, extremes[0], extremes[1])]
    }

    private static func adaptivePool(
        _ name: String, _ call: OperationCall, _ lowering: inout Lowering
    ) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count - 1
        guard (1...3).contains(rank) else { throw lowering.failure("It takes a value with spatial axes and channels.") }
        let config = LayerConfig(lowering.layer, "\(name)\(rank)D", call.options, lowering.dialect)
        return try AdaptivePoolingLayer(config).lower([value], into: &lowering)
    }
}
