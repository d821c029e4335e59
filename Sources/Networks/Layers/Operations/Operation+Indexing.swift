internal import Tensors

/// Parts of a value: `x[:, 0]`, `x[..., 1:3]`, `take`.
extension Operation {
    static let indexing: [String: Handler] = ["GetItem": item, "Take": take]

    /// One entry between the brackets.
    private enum Index {
        case ellipsis, newAxis
        case element(Int)
        case range(start: Int?, stop: Int?, step: Int)

        var takesAxis: Bool {
            switch self {
            case .ellipsis, .newAxis: false
            case .element, .range: true
            }
        }

        var isAll: Bool {
            if case .range(nil, nil, 1) = self { true } else { false }
        }
    }

    private static func index(_ json: JSONValue, _ lowering: Lowering) throws -> Index {
        if json.isNull { return .newAxis }
        if let element = json.integer { return .element(element) }
        let unknown = lowering.unsupported("it picks elements in a way that is not covered")
        let isSlice = json["class_name"]?.string == "__slice__" || json["start"] != nil
        switch json["class_name"]?.string {
        case "__ellipsis__": return .ellipsis
        case _ where isSlice:
            let limits = try ["start", "stop", "step"].map { key -> Int? in
                guard let value = (json["config"] ?? json)[key], !value.isNull else { return nil }
                guard let integer = value.integer else { throw unknown }
                return integer
            }
            guard limits[2] != 0 else { throw lowering.failure("It picks every 0th element.") }
            return .range(start: limits[0], stop: limits[1], step: limits[2] ?? 1)
        default: throw unknown
        }
    }

    private static func item(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let key = call.operand(1, "key", "slice_spec")?.constant else {
            throw lowering.unsupported("it picks elements that are not known beforehand")
        }
        let list = try (key.array ?? [key]).map { try index($0, lowering) }
        let rank = lowering.extents(value).count + 1
        let taken = list.count { $0.takesAxis }
        guard taken <= rank, list.count(where: { if case .ellipsis = $0 { true } else { false } }) <= 1 else {
            throw lowering.failure("It picks along \(taken) axes of \(rank).")
        }
        var full: [Index] = []
        let all = Array(repeating: Index.range(start: nil, stop: nil, step: 1), count: rank - taken)
        var hasEllipsis = false
        for entry in list {
            if case .ellipsis = entry {
                full += all
                hasEllipsis = true
            } else {
                full.append(entry)
            }
        }
        if !hasEllipsis { full += all }
        guard let batch = full.first, batch.isAll else { throw lowering.unsupported("it picks among the examples") }
        return [try pick(Array(full.dropFirst()), from: value, into: &lowering)]
    }

    private static func pick(_ list: [Index], from value: ValueID, into lowering: inout Lowering) throws -> ValueID {
        var value = value
        var target: Extents = []
        var axis = 0
        for entry in list {
            switch entry {
            case .ellipsis: break
            case .newAxis: target.append(1)
            case .element(let index):
                value = try element(index, of: value, axis: axis, &lowering)
                axis += 1
            case .range(let start, let stop, let step):
                value = try range(start, stop, step, of: value, axis: axis, &lowering)
                target.append(lowering.extents(value)[axis])
                axis += 1
            }
        }
        return try lowering.reshape(value, target)
    }

    private static func element(
        _ index: Int, of value: ValueID, axis: Int, _ lowering: inout Lowering
    ) throws -> ValueID {
        let extent = lowering.extents(value)[axis]
        if let extent, !(-extent..<extent).contains(index) {
            throw lowering.failure("There is no element \(index) among \(extent).")
        }
        if index >= 0 { return try lowering.slice(value, axis: axis, start: index, count: 1) }
        if let extent { return try lowering.slice(value, axis: axis, start: index + extent, count: 1) }
        // From the end of an axis of any length.
        let reversed = try lowering.push(.reversal(Reversal(axis: axis)), [value])
        return try lowering.slice(reversed, axis: axis, start: -1 - index, count: 1)
    }

    /// As Python has it: limits beyond the ends are those of the ends.
    private static func range(
        _ start: Int?, _ stop: Int?, _ step: Int, of value: ValueID, axis: Int, _ lowering: inout Lowering
    ) throws -> ValueID {
        if start == nil, stop == nil, step == 1 { return value }
        guard let extent = lowering.extents(value)[axis] else {
            if start == nil, stop == nil, step == -1 {
                return try lowering.push(.reversal(Reversal(axis: axis)), [value])
            }
            throw lowering.unsupported("it picks a part of an axis whose extent is left open")
        }
        let (low, high) = step > 0 ? (0, extent) : (-1, extent - 1)
        func limit(_ index: Int?, _ standard: Int) -> Int {
            guard let index else { return standard }
            return min(max(index < 0 ? index.addingReportingOverflow(extent).partialValue : index, low), high)
        }
        let first = limit(start, step > 0 ? low : high)
        let end = limit(stop, step > 0 ? high : low)
        let distance = step > 0 ? end - first : first - end
        let stride = Int(clamping: step.magnitude)
        let count = distance > 0 ? (distance - 1) / stride + 1 : 0
        guard count > 0 else { throw lowering.unsupported("it picks nothing") }
        return try lowering.slice(value, axis: axis, start: first, count: count, step: count == 1 ? 1 : step)
    }

    private static func take(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let extents = lowering.extents(value)
        let axis = try lowering.axis(call.option("axis"), of: extents.count)
        let extent = try lowering.fixed(extents[axis])
        guard let json = call.operand(1, "indices")?.constant, let grid = NumberGrid(json), grid.extents.count <= 1,
            grid.values.count <= maximumParts, !grid.values.isEmpty
        else { throw lowering.unsupported("it takes elements that are not known beforehand") }
        let indices = try grid.values.map { number -> Int in
            guard let index = Int(exactly: number), (-extent..<extent).contains(index) else {
                throw lowering.failure("There is no element \(number) among \(extent).")
            }
            return index < 0 ? index + extent : index
        }
        let parts = try indices.map { try lowering.slice(value, axis: axis, start: $0, count: 1) }
        let result = try lowering.concatenate(parts, axis: axis)
        if !grid.extents.isEmpty { return [result] }
        var target = extents
        target.remove(at: axis)
        return [try lowering.reshape(result, target)]
    }
}
