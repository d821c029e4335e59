internal import Networks
internal import Tensors

/// Operators that arrange elements anew and leave them as they are.
extension GraphOperators {
    static let shapes: [String: GraphOperator] = [
        "Reshape": { try $0.reshape() },
        "Flatten": { try $0.flatten() },
        "Transpose": { try $0.transpose() },
        "Squeeze": { try $0.squeeze() },
        "Unsqueeze": { try $0.unsqueeze() },
        "Expand": { try $0.expand() },
        "Tile": { try $0.tile() },
        "DepthToSpace": { try $0.depthToSpace() },
        "SpaceToDepth": { try $0.spaceToDepth() },
    ]
}

extension GraphLowering {
    fileprivate mutating func reshape() throws -> [GraphValue] {
        let value = try input(0)
        let old = dimensions(value)
        var target = try constant(1).numbers
        if !node.flag("allowzero") {
            for index in target.indices where target[index] == .real(0) {
                guard old.indices.contains(index) else { throw malformed("There is no axis \(index) to keep.") }
                target[index] = old[index]
            }
        }
        return [try reshaped(value, to: target)]
    }

    fileprivate mutating func flatten() throws -> [GraphValue] {
        let value = try input(0)
        let old = dimensions(value)
        var axis = node.integer("axis", default: 1)
        axis = axis == old.count ? axis : try self.axis(axis, rank: old.count)
        let rest = old[axis...].reduce(Double?(1)) { product, extent in
            product.flatMap { p in extent.real.map { p * $0 } }
        }
        if axis == 1, old.first == .batch(1) { return [try reshaped(value, to: [.batch(1), .real(-1)])] }
        guard let rest else { throw mixesExamples }
        return [try reshaped(value, to: [.real(-1), .real(rest)])]
    }

    fileprivate mutating func transpose() throws -> [GraphValue] {
        let value = try input(0)
        let rank = rank(value)
        let order = node.integers("perm") ?? Array((0..<rank).reversed())
        guard order.sorted() == Array(0..<rank) else { throw malformed("Its order of axes, \(order), is none.") }
        switch value.content {
        case .constant(let tensor): return [GraphValue(tensor.viewed { $0.transposed(order) })]
        case .parameter(var parameter):
            parameter.view = parameter.view.transposed(order)
            return [GraphValue(.parameter(parameter), isInteger: value.isInteger)]
        case .computed(let computed):
            return [GraphValue(.computed(try transposed(computed, order)), isInteger: value.isInteger)]
        case .unknown(let issue): throw unsupported(issue)
        }
    }

    /// - Parameter order: of the graph's axes; the axis of the examples need not move in memory.
    mutating func transposed(_ value: ComputedValue, _ order: [Int]) throws -> ComputedValue {
        var result = value
        result.batch = order.firstIndex(of: value.batch) ?? 0
        result.spatial = nil
        let positions = order.compactMap { value.position($0) }
        if result.batch == 0, value.folded.isEmpty, let last = positions.last, last != positions.count - 1,
            positions == [positions.count - 1] + Array(0..<positions.count - 1)
        {
            // Channels come to the front: they may as well stay where they are.
            result.spatial = positions.count - 1
        } else if positions != positions.sorted() {
            result.id = try push(.transpose(Transpose(positions)), [value.id])
        }
        return result
    }

    /// Axes that an input has since version 13, and an attribute before.
    private func axes(_ index: Int) throws -> [Int]? {
        if let axes = node.integers("axes") { return axes }
        return has(index) ? try integers(index) : nil
    }

    fileprivate mutating func squeeze() throws -> [GraphValue] {
        let value = try input(0)
        let old = dimensions(value)
        let axes =
            try axes(1).map { try Set($0.map { try axis($0, rank: old.count) }) }
            ?? Set(old.indices.filter { old[$0] == .real(1) })
        if let wrong = axes.sorted().first(where: { old[$0] != .real(1) }) {
            throw old[wrong] == .real(1)
                ? malformed("")
                : Self.isExamples(old[wrong])
                    ? mixesExamples : malformed("Its axis \(wrong) has another extent than 1.")
        }
        if case .parameter(var parameter) = value.content {
            for axis in axes.sorted(by: >) { parameter.view = parameter.view.removing(axis: axis) }
            return [GraphValue(.parameter(parameter), isInteger: value.isInteger)]
        }
        return [try reshaped(value, to: old.indices.filter { !axes.contains($0) }.map { old[$0] })]
    }

    private static func isExamples(_ number: Number) -> Bool { if case .batch = number { true } else { false } }

    fileprivate mutating func unsqueeze() throws -> [GraphValue] {
        let value = try input(0)
        var target = dimensions(value)
        guard let given = try axes(1) else { throw malformed("It has no axes.") }
        let rank = target.count + given.count
        let axes = try given.map { try axis($0, rank: rank) }.sorted()
        guard Set(axes).count == axes.count else { throw malformed("Its axes \(given) repeat.") }
        if case .parameter(var parameter) = value.content {
            for axis in axes { parameter.view = parameter.view.inserting(axis: axis) }
            return [GraphValue(.parameter(parameter), isInteger: value.isInteger)]
        }
        for axis in axes { target.insert(.real(1), at: axis) }
        if case .computed(var computed) = value.content {
            // Where the examples go is known here, and ones before them tell nothing.
            let batch = target.indices.filter { !axes.contains($0) }[computed.batch]
            var extents = extents(computed)
            for axis in axes { extents.insert(1, at: axis < batch ? axis : axis - 1) }
            computed.id = try reshape(computed.id, extents)
            computed.batch = batch
            return [GraphValue(.computed(computed), isInteger: value.isInteger)]
        }
        return [try reshaped(value, to: target)]
    }

    fileprivate mutating func expand() throws -> [GraphValue] {
        let value = try input(0)
        let shape = try constant(1).numbers
        let old = dimensions(value)
        guard case .computed(var computed) = value.content else {
            // An extent of 1 leaves the constant's own.
            let offset = old.count - shape.count
            let target = offset > 0 ? old.prefix(offset) + shape : shape
            let filled = Array(repeating: Number.real(1), count: target.count - old.count) + old
            return [
                try expanded(
                    constant(0), to: zip(target, filled).map { $0 == .real(1) ? $1 : $0 },
                    isInteger: value.isInteger)
            ]
        }
        let rank = max(old.count, shape.count)
        let fromEnd = old.count - computed.batch
        var target: [Int] = []
        for axis in 0..<rank {
            let own: Number? = axis >= rank - old.count ? old[axis - (rank - old.count)] : nil
            let wanted: Number? = axis >= rank - shape.count ? shape[axis - (rank - shape.count)] : nil
            if axis == rank - fromEnd {
                guard wanted.map({ $0 == .real(1) || $0 == own || $0.integer == batchExtent }) ?? true else {
                    throw mixesExamples
                }
                continue
            }
            let extent = wanted.flatMap { $0 == .real(1) ? own : $0 } ?? own ?? .real(1)
            guard let integer = extent.integer else {
                throw unsupported("it repeats along an axis that the model leaves open")
            }
            target.append(integer)
        }
        computed.batch = rank - fromEnd
        computed.id = try broadcast(computed.id, to: target)
        return [GraphValue(.computed(computed), isInteger: value.isInteger)]
    }

    /// A value repeated along axes of extent 1, and along new first ones.
    mutating func broadcast(_ value: ValueID, to target: [Int]) throws -> ValueID {
        if program[value].extents == target.map({ $0 }) { return value }
        _ = try Shape(target)
        let shape = try push(.constant(Constant([1], extents: target)), [value])
        return try push(.elementwise(Elementwise(.select)), [shape, value, value])
    }

    fileprivate mutating func tile() throws -> [GraphValue] {
        let value = try input(0)
        let repeats = try integers(1)
        guard repeats.count == rank(value), repeats.allSatisfy({ $0 >= 0 }) else {
            throw malformed("Its repeats are \(repeats), for a value of \(rank(value)) axes.")
        }
        guard case .computed(var computed) = value.content else {
            var tensor = try constant(0)
            let count = try Shape(
                zip(tensor.dimensions, repeats).map {
                    try Checked.multiply($0, $1, "extent of a constant")
                }
            ).elementCount
            guard count <= GraphSource.maximumElements else { throw unsupported("a constant is too large") }
            for (axis, count) in repeats.enumerated() {
                let extent = tensor.dimensions[axis]
                tensor = tensor.viewed { $0.selecting((0..<extent * count).map { $0 % extent }, axis: axis) }
            }
            return [GraphValue(tensor)]
        }
        for (axis, count) in repeats.enumerated() where count != 1 {
            guard let position = computed.position(axis) else { throw mixesExamples }
            guard (1...1024).contains(count) else { throw unsupported("it repeats \(count) times") }
            try spend(count)
            computed.id = try push(
                .concatenation(Concatenation(axis: position)), Array(repeating: computed.id, count: count))
        }
        return [GraphValue(.computed(computed), isInteger: value.isInteger)]
    }

    /// The same elements under other extents, one of which may be open.
    mutating func reshape(_ value: ValueID, _ target: [Int?]) throws -> ValueID {
        if target == program[value].extents { return value }
        guard target.count(where: { $0 == nil }) <= 1 else {
            throw unsupported("the model leaves open several extents of a value that is reshaped")
        }
        return try push(.reshape(Reshape(target.map { $0 ?? -1 })), [value])
    }

    /// Channels, height and width of an image.
    private func image(_ value: ComputedValue) throws -> (channels: Int, height: Int, width: Int) {
        let extents = extents(value)
        guard value.batch == 0, extents.count == 3, let c = extents[0], let h = extents[1], let w = extents[2] else {
            throw unsupported("it takes images whose size the model leaves open, or no images")
        }
        return (c, h, w)
    }

    fileprivate mutating func depthToSpace() throws -> [GraphValue] {
        var value = try computed(0)
        let (channels, height, width) = try image(value)
        let block = node.integer("blocksize", default: 0)
        guard block > 0, block < 1 << 20, channels % (block * block) == 0 else {
            throw malformed("\(channels) channels do not divide into blocks of \(block).")
        }
        let depth = channels / (block * block)
        let isColumnFirst = node.text("mode", default: "DCR") == "CRD"
        let split = isColumnFirst ? [depth, block, block, height, width] : [block, block, depth, height, width]
        value.id = try reshape(value.id, split)
        value.id = try push(.transpose(Transpose(isColumnFirst ? [0, 3, 1, 4, 2] : [2, 3, 0, 4, 1])), [value.id])
        value.id = try reshape(value.id, [depth, height * block, width * block])
        return [GraphValue(.computed(value))]
    }

    fileprivate mutating func spaceToDepth() throws -> [GraphValue] {
        var value = try computed(0)
        let (channels, height, width) = try image(value)
        let block = node.integer("blocksize", default: 0)
        guard block > 0, block < 1 << 20, height % block == 0, width % block == 0 else {
            throw malformed("An image of \(height)×\(width) does not divide into blocks of \(block).")
        }
        value.id = try reshape(value.id, [channels, height / block, block, width / block, block])
        let isColumnFirst = node.text("mode", default: "DCR") == "CRD"
        value.id = try push(
            .transpose(Transpose(isColumnFirst ? [0, 2, 4, 1, 3] : [2, 4, 0, 1, 3])), [value.id])
        value.id = try reshape(
            value.id, [try Checked.multiply(channels, block * block, "channels"), height / block, width / block])
        return [GraphValue(.computed(value))]
    }
}
