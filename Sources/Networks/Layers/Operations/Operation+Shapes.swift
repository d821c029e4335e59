internal import Tensors

/// Functions that give the same elements another shape or order of axes.
extension Operation {
    static let shapes: [String: Handler] = [
        "Reshape": reshape, "Transpose": transpose, "Swapaxes": swapAxes, "Moveaxis": moveAxes,
        "ExpandDims": expand, "Squeeze": squeeze, "BroadcastTo": broadcast,
    ]

    /// The batch stays the first axis, or what is not known of the new shape.
    private static func reshape(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let list = call.option("newshape", "shape", at: 1)?.array, let first = list.first else {
            throw lowering.unsupported("its shape is not known beforehand")
        }
        let target = list.dropFirst().map { $0.isNull ? -1 : $0.integer ?? -2 }
        let isFree = first.isNull || first.integer == -1
        let what = "number of elements of a reshaped value"
        guard isFree, target.allSatisfy({ $0 >= -1 }) else {
            throw lowering.unsupported("it takes the batch apart, or does not know its shape beforehand")
        }
        // A free first axis is the batch where the others hold an example.
        if let count = try lowering.extents(value).elementCount(what), !target.contains(-1) {
            var product = 1
            for extent in target { product = try Checked.multiply(product, extent, what) }
            guard product == count else { throw lowering.unsupported("it takes the batch apart") }
        }
        return [try lowering.push(.reshape(Reshape(target)), [value])]
    }

    private static func order(_ order: [Int], _ value: ValueID, _ lowering: inout Lowering) throws -> [ValueID] {
        guard order.first == 0 else { throw lowering.unsupported("it moves the batch") }
        return [try lowering.push(.transpose(Transpose(order.dropFirst().map { $0 - 1 })), [value])]
    }

    private static func transpose(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count + 1
        let list = call.option("axes", "perm", at: 1)?.array?.compactMap(\.integer) ?? Array((0..<rank).reversed())
        guard list.allSatisfy((-rank..<rank).contains) else { throw lowering.failure("There are no axes \(list).") }
        return try order(list.map { $0 < 0 ? $0 + rank : $0 }, value, &lowering)
    }

    private static func swapAxes(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count
        let first = try lowering.axis(call.option("axis1"), of: rank)
        let second = try lowering.axis(call.option("axis2"), of: rank)
        var list = Array(0..<rank)
        list.swapAt(first, second)
        return [try lowering.push(.transpose(Transpose(list)), [value])]
    }

    private static func moveAxes(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let rank = lowering.extents(value).count
        func positions(_ name: String) throws -> [Int] {
            let json = call.option(name) ?? .null
            return try (json.array ?? [json]).map { try lowering.axis($0, of: rank) }
        }
        let (sources, targets) = (try positions("source"), try positions("destination"))
        guard sources.count == targets.count, Set(sources).count == sources.count,
            Set(targets).count == targets.count
        else { throw lowering.failure("It moves axes \(sources) to \(targets).") }
        var list = (0..<rank).filter { !sources.contains($0) }
        for (target, source) in zip(targets, sources).sorted(by: { $0.0 < $1.0 }) { list.insert(source, at: target) }
        return [try lowering.push(.transpose(Transpose(list)), [value])]
    }

    private static func expand(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let json = call.option("axis", at: 1) else { throw lowering.failure("It says no axis.") }
        let list = json.array ?? [json]
        let rank = lowering.extents(value).count + list.count
        var target = lowering.extents(value)
        for position in try list.map({ try lowering.axis($0, of: rank) }).sorted() {
            guard position <= target.count else { throw lowering.failure("There is no axis \(position + 1).") }
            target.insert(1, at: position)
        }
        return [try lowering.reshape(value, target)]
    }

    private static func squeeze(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        let extents = lowering.extents(value)
        let axes = try call.option("axis", at: 1).map { try lowering.axes($0, of: extents.count) }
        let removed = Set(axes ?? extents.indices.filter { extents[$0] == 1 })
        guard removed.allSatisfy({ extents[$0] == 1 }) else {
            throw lowering.failure(
                "Axes of a value of shape \(extents.text) are squeezed that have more than one element.")
        }
        return [try lowering.reshape(value, extents.indices.filter { !removed.contains($0) }.map { extents[$0] })]
    }

    private static func broadcast(_ call: OperationCall, _ lowering: inout Lowering) throws -> [ValueID] {
        let value = try lowering.value(call)
        guard let list = call.option("shape", at: 1)?.array, let first = list.first, first.isNull else {
            throw lowering.unsupported("it says how many examples there are")
        }
        return [try lowering.broadcast(value, to: list.dropFirst().map { try lowering.fixed($0.integer) })]
    }
}
