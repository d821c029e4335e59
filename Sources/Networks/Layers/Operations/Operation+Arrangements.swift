internal import Tensors

/// Functions that join values, take them apart, and repeat or move their elements.
extension Operation {
    static let arrangements: [String: Handler] = [
        "Concatenate": concatenate, "Stack": stack, "Split": split, "ArraySplit": split, "Unstack": unstack,
        "Flip": flip, "Roll": roll, "Repeat": repeated, "Tile": tile, "Pad": pad,
    ]

    private static func concatenate(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let values = try lowering.values(call)
        guard let first = values.first else { throw lowering.failure("It joins nothing.") }
        let axis = try lowering.axis(call.option("axis", at: 1) ?? .integer(0), of: lowering.extents(first).count)
        return [try lowering.concatenate(values, axis: axis)]
    }

    private static func stack(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let values = try lowering.values(call)
        guard let first = values.first else { throw lowering.failure("It joins nothing.") }
        let axis = try lowering.axis(call.option("axis", at: 1) ?? .integer(0), of: lowering.extents(first).count + 1)
        return [try lowering.concatenate(values.map { try lowering.inserting(axes: [axis], into: $0) }, axis: axis)]
    }

    static let maximumParts = 4096

    private static func split(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let extents = lowering.extents(value)
        let axis = try lowering.axis(call.option("axis") ?? .integer(0), of: extents.count)
        let extent = try lowering.fixed(extents[axis])
        guard let parts = call.option("indices_or_sections", "num_or_size_splits", at: 1) else {
            throw lowering.failure("It does not say where to split.")
        }
        var bounds: [Int] = []
        if let count = parts.integer {
            guard (1...maximumParts).contains(count), call.name == "ArraySplit" || extent % count == 0 else {
                throw lowering.failure("An extent of \(extent) does not split into \(count) parts.")
            }
            var end = 0
            for part in 0..<count - 1 {
                end += extent / count + (part < extent % count ? 1 : 0)
                bounds.append(end)
            }
        } else {
            bounds = parts.array?.compactMap(\.integer) ?? []
            guard bounds.count < maximumParts, bounds == bounds.sorted(),
                bounds.allSatisfy((0...extent).contains), bounds.count == parts.array?.count
            else { throw lowering.unsupported("it splits where that is not known beforehand") }
        }
        return try zip([0] + bounds, bounds + [extent]).map {
            try lowering.slice(value, axis: axis, start: $0, count: $1 - $0)
        }
    }

    private static func unstack(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        var extents = lowering.extents(value)
        let axis = try lowering.axis(call.option("axis") ?? .integer(0), of: extents.count)
        let count = try lowering.fixed(extents.remove(at: axis))
        guard count <= maximumParts else { throw lowering.failure("It takes a value apart into \(count).") }
        return try (0..<count).map {
            try lowering.reshape(lowering.slice(value, axis: axis, start: $0, count: 1), extents)
        }
    }

    private static func flip(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var value = try lowering.value(call)
        for axis in try lowering.axes(call.option("axis", at: 1), of: lowering.extents(value).count) {
            value = try lowering.push(.reversal(Reversal(axis: axis)), [value])
        }
        return [value]
    }

    private static func roll(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var value = try lowering.value(call)
        let extents = lowering.extents(value)
        let axes = try lowering.axes(call.option("axis", at: 2), of: extents.count)
        let shift = call.option("shift", at: 1) ?? .null
        guard axes.count == 1, let distance = shift.integer ?? shift.array?.first?.integer else {
            throw lowering.unsupported("it rolls along several axes")
        }
        let extent = try lowering.fixed(extents[axes[0]])
        guard extent > 0 else { return [value] }
        let start = ((distance % extent) + extent) % extent
        if start == 0 { return [value] }
        let back = try lowering.slice(value, axis: axes[0], start: extent - start, count: start)
        let front = try lowering.slice(value, axis: axes[0], start: 0, count: extent - start)
        value = try lowering.concatenate([back, front], axis: axes[0])
        return [value]
    }

    private static func repeated(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let axis = try lowering.axis(call.option("axis"), of: lowering.extents(value).count)
        guard let count = call.option("repeats", at: 1)?.integer, count > 0 else {
            throw lowering.unsupported("it does not repeat all elements alike")
        }
        return [try lowering.multiplied(value, axis: axis, count: count, byElement: true)]
    }

    private static func tile(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        var value = try lowering.value(call)
        let rank = lowering.extents(value).count
        let json = call.option("repeats", "multiples", at: 1) ?? .null
        let counts = (json.array ?? [json]).compactMap(\.integer)
        guard counts.count <= rank + 1, !counts.isEmpty, counts.allSatisfy({ $0 > 0 }),
            counts.count <= rank || counts[0] == 1
        else { throw lowering.unsupported("it repeats the batch") }
        for (axis, count) in zip((0..<rank).reversed(), counts.reversed()) {
            value = try lowering.multiplied(value, axis: axis, count: count, byElement: false)
        }
        return [value]
    }

    private static func pad(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count
        let pairs = call.option("pad_width", "paddings", at: 1)?.array?.map { $0.array?.compactMap(\.integer) ?? [] }
        guard let pairs, pairs.count == rank + 1, pairs.allSatisfy({ $0.count == 2 && $0.allSatisfy { $0 >= 0 } }),
            pairs[0] == [0, 0]
        else { throw lowering.unsupported("it pads the batch, or by what is not known beforehand") }
        let widths = pairs.dropFirst().map { ($0[0], $0[1]) }
        let mode = (call.option("mode")?.string ?? "constant").lowercased()
        let number = call.option("constant_values")?.number ?? 0
        switch mode {
        case "constant": return [try lowering.padded(value, widths, with: number)]
        case "reflect": return [try lowering.mirrored(value, widths, edge: 1)]
        case "symmetric": return [try lowering.mirrored(value, widths, edge: 0)]
        default: throw lowering.unsupported("the padding mode '\(mode)' is not covered")
        }
    }
}
