internal import Networks
internal import Tensors

/// Operators that take values apart and put them together.
extension GraphOperators {
    static let parts: [String: GraphOperator] = [
        "Concat": { try $0.concatenate() },
        "Split": { try $0.split() },
        "Slice": { try $0.slice() },
        "Gather": { try $0.gather() },
        "Pad": { try $0.pad() },
    ]
}

extension GraphLowering {
    fileprivate mutating func concatenate() throws -> [GraphValue] {
        let values = try (0..<node.inputCount).map { try input($0) }
        guard let first = values.first else { throw malformed("It has no inputs.") }
        let rank = rank(first)
        let axis = try axis(node.integer("axis", default: 0), rank: rank)
        guard values.allSatisfy({ self.rank($0) == rank }) else {
            throw malformed("Its inputs differ in the number of their axes.")
        }
        let computed = values.compactMap { value -> ComputedValue? in
            if case .computed(let value) = value.content { value } else { nil }
        }
        guard !computed.isEmpty else { return [GraphValue(try joined(values.map(elements), axis))] }
        let unified = try unified(computed)
        let like = unified[0]
        var rest = unified[...]
        guard unified.allSatisfy({ $0.batch == like.batch && $0.folded == like.folded }),
            let position = like.position(axis)
        else { throw mixesExamples }
        var ids: [ValueID] = []
        for value in values {
            if case .computed = value.content {
                ids.append(rest.removeFirst().id)
            } else {
                var tensor = try withoutExamples(elements(value), axis: like.batch)
                if let spatial = like.spatial { tensor = channelsLast(tensor, spatial: spatial) }
                ids.append(try materialised(tensor, with: like.id))
            }
        }
        var result = like
        result.id = ids.count == 1 ? ids[0] : try push(.concatenation(Concatenation(axis: position)), ids)
        return [GraphValue(.computed(result), isInteger: first.isInteger)]
    }

    private func joined(_ tensors: [HostTensor], _ axis: Int) throws -> HostTensor {
        var dimensions = tensors[0].dimensions
        let outer = dimensions[..<axis].reduce(1, *)
        for tensor in tensors {
            var other = tensor.dimensions
            other[axis] = dimensions[axis]
            guard other == dimensions else { throw malformed("Constants of different shapes are concatenated.") }
        }
        dimensions[axis] = tensors.reduce(0) { $0 + $1.dimensions[axis] }
        var numbers: [Number] = []
        for row in 0..<outer {
            for tensor in tensors {
                let length = tensor.numbers.count / max(outer, 1)
                numbers += tensor.numbers[row * length..<(row + 1) * length]
            }
        }
        return HostTensor(numbers, dimensions: dimensions, isInteger: tensors[0].isInteger)
    }

    /// Elements along one axis of a value of any kind.
    private mutating func taken(_ value: GraphValue, axis: Int, start: Int, count: Int, step: Int = 1) throws
        -> GraphValue
    {
        switch value.content {
        case .constant(let tensor):
            return GraphValue(
                tensor.viewed { $0.selecting((0..<count).map { start + $0 * step }, axis: axis) })
        case .parameter(var parameter):
            parameter.view = parameter.view.selecting((0..<count).map { start + $0 * step }, axis: axis)
            return GraphValue(.parameter(parameter), isInteger: value.isInteger)
        case .computed(var computed):
            guard let position = computed.position(axis) else { throw mixesExamples }
            if start != 0 || step != 1 || extents(computed)[position] != count {
                computed.id = try push(
                    .slicing(Slicing(axis: position, start: start, count: count, step: step)), [computed.id])
            }
            return GraphValue(.computed(computed), isInteger: value.isInteger)
        case .unknown(let issue): throw unsupported(issue)
        }
    }

    private func extent(_ value: GraphValue, _ axis: Int) throws -> Int {
        switch dimensions(value)[axis] {
        case .real(let extent): return Int(extent)
        case .batch: throw mixesExamples
        case .open: throw unsupported("it takes a part along an axis that the model leaves open")
        }
    }

    fileprivate mutating func split() throws -> [GraphValue] {
        let value = try input(0)
        let axis = try axis(node.integer("axis", default: 0), rank: rank(value))
        let extent = try extent(value, axis)
        var sizes = try node.integers("split") ?? (has(1) ? integers(1) : nil) ?? []
        if sizes.isEmpty {
            let count = node.integer("num_outputs", default: node.proto.output.count)
            guard (1...max(extent, 1)).contains(count) else {
                throw malformed("An axis of \(extent) is split into \(count).")
            }
            let size = (extent + count - 1) / count
            sizes = (0..<count).map { max(min(size, extent - $0 * size), 0) }
        }
        guard sizes.allSatisfy({ (0...extent).contains($0) }), sizes.count <= max(extent, 1) + 1024,
            sizes.reduce(0, +) == extent
        else { throw malformed("An axis of \(extent) is split into \(sizes).") }
        var start = 0
        return try sizes.map { size in
            defer { start += size }
            return try taken(value, axis: axis, start: start, count: size)
        }
    }

    fileprivate mutating func slice() throws -> [GraphValue] {
        var value = try input(0)
        for cut in try cuts(rank: rank(value)) { value = try sliced(value, cut) }
        return [value]
    }

    /// A part of one axis, as a node says it: counted from the end where negative.
    private struct Cut {
        var axis: Int
        var start: Int
        var end: Number
        var step: Int
    }

    /// What version 10 made inputs were attributes before.
    private func cuts(rank: Int) throws -> [Cut] {
        let isOld = opset < 10
        let starts = try isOld ? node.integers("starts") ?? [] : integers(1)
        let ends = try isOld ? (node.integers("ends") ?? []).map { Number.real(Double($0)) } : constant(2).numbers
        let given = try isOld ? node.integers("axes") : has(3) ? integers(3) : nil
        let axes = given ?? Array(starts.indices)
        let steps = try !isOld && has(4) ? integers(4) : starts.map { _ in 1 }
        guard ends.count == starts.count, axes.count == starts.count, steps.count == starts.count,
            !steps.contains(0), !steps.contains(.min)
        else { throw malformed("Its starts, ends, axes and steps are not of one number.") }
        return try starts.indices.map {
            Cut(axis: try axis(axes[$0], rank: rank), start: starts[$0], end: ends[$0], step: steps[$0])
        }
    }

    private mutating func sliced(_ value: GraphValue, _ cut: Cut) throws -> GraphValue {
        if isWhole(cut, of: value) { return value }
        let length = try extent(value, cut.axis)
        guard let end = cut.end.integer else {
            throw unsupported("where it ends depends on the shape of the network's input")
        }
        func place(_ bound: Int) -> Int { bound < 0 ? max(bound, -length - 1) + length : bound }
        let from: Int
        let count: Int
        if cut.step > 0 {
            from = min(max(place(cut.start), 0), length)
            let to = min(max(place(end), 0), length)
            count = to > from ? (to - from - 1) / cut.step + 1 : 0
        } else {
            from = min(max(place(cut.start), 0), max(length - 1, 0))
            let to = end < -length ? -1 : min(max(place(end), -1), length - 1)
            count = from > to && length > 0 ? (from - to - 1) / -cut.step + 1 : 0
        }
        return try taken(value, axis: cut.axis, start: count == 0 ? 0 : from, count: count, step: cut.step)
    }

    /// Whether a cut leaves all there is; of the examples as many as the model was saved for are all.
    private func isWhole(_ cut: Cut, of value: GraphValue) -> Bool {
        guard cut.start == 0, cut.step == 1 else { return false }
        if cut.end == dimensions(value)[cut.axis] { return true }
        guard let end = cut.end.integer else { return false }
        if end == .max || end == Int(Int32.max) { return true }
        return cut.axis == batchAxis(value) && batchExtent.map { end >= $0 } ?? false
    }

    private func batchAxis(_ value: GraphValue) -> Int? {
        if case .computed(let computed) = value.content { computed.batch } else { nil }
    }

    fileprivate mutating func gather() throws -> [GraphValue] {
        let value = try input(0)
        let axis = try axis(node.integer("axis", default: 0), rank: rank(value))
        if case .computed(let indices) = try input(1).content {
            return [try lookUp(indices, axis: axis)]
        }
        let indices = try constant(1)
        guard let list = indices.integers else { throw unsupported("its indices are not known") }
        let length = try extent(value, axis)
        let places = try list.map { index in
            guard (-length..<length).contains(index) else {
                throw malformed("It takes element \(index) of an axis of \(length).")
            }
            return index < 0 ? index + length : index
        }
        let rows = try selected(value, axis: axis, places)
        if indices.dimensions.count == 1 { return [rows] }
        // The axis becomes those of the indices.
        if case .computed(var computed) = rows.content, let position = computed.position(axis) {
            var target = extents(computed)
            target.replaceSubrange(position...position, with: indices.dimensions.map { $0 })
            computed.id = try reshape(computed.id, target)
            if axis < computed.batch { computed.batch += indices.dimensions.count - 1 }
            return [GraphValue(.computed(computed), isInteger: value.isInteger)]
        }
        if case .parameter(var parameter) = rows.content, indices.dimensions.isEmpty {
            parameter.view = parameter.view.removing(axis: axis)
            return [GraphValue(.parameter(parameter), isInteger: value.isInteger)]
        }
        var target = dimensions(rows)
        target.replaceSubrange(axis...axis, with: indices.dimensions.map { .real(Double($0)) })
        return [try reshaped(rows, to: target)]
    }

    /// The elements at some places of an axis.
    private mutating func selected(_ value: GraphValue, axis: Int, _ places: [Int]) throws -> GraphValue {
        guard case .computed(var computed) = value.content else {
            switch value.content {
            case .parameter(var parameter):
                parameter.view = parameter.view.selecting(places, axis: axis)
                return GraphValue(.parameter(parameter), isInteger: value.isInteger)
            default:
                let tensor = try elements(value)
                let rows = tensor.dimensions[axis]
                guard rows > 0, places.count <= GraphSource.maximumElements / max(tensor.numbers.count / rows, 1) else {
                    throw unsupported("a constant is too large")
                }
                return GraphValue(tensor.viewed { $0.selecting(places, axis: axis) })
            }
        }
        let step = places.count > 1 ? places[1] - places[0] : 1
        if let first = places.first, step != 0,
            places.enumerated().allSatisfy({ $0.element == first + $0.offset * step })
        {
            return try taken(value, axis: axis, start: first, count: places.count, step: step)
        }
        guard let position = computed.position(axis) else { throw mixesExamples }
        guard (1...1024).contains(places.count) else {
            throw unsupported("it takes \(places.count) parts, in no order")
        }
        let parts = try places.map {
            try push(.slicing(Slicing(axis: position, start: $0, count: 1)), [computed.id])
        }
        computed.id = try push(.concatenation(Concatenation(axis: position)), parts)
        return GraphValue(.computed(computed), isInteger: value.isInteger)
    }

    /// Rows of a table, one for each index.
    private mutating func lookUp(_ indices: ComputedValue, axis: Int) throws -> GraphValue {
        let table = dimensions(try input(0)).compactMap(\.integer)
        guard axis == 0, !table.isEmpty else { throw unsupported("it looks up along an axis that is not the first") }
        if case .computed = try input(0).content { throw unsupported("it looks up in a value that is computed") }
        let width = try Shape(Array(table.dropFirst())).elementCount
        let reference = try parameter(0, "data", .embedding, outputs: OutputIndexing(axes: [1])) { view in
            var view = table.count == 1 ? view.inserting(axis: 1) : view
            while view.dimensions.count > 2 { view = view.merging(axis: 1) }
            return view
        }
        var result = indices
        result.id = try push(.gather(Gather(dimension: width, countsFromEnd: true)), [indices.id], [reference])
        let extents = extents(indices)
        result.id = try reshape(result.id, extents + table.dropFirst().map { $0 })
        return GraphValue(.computed(result), isInteger: try input(0).isInteger)
    }

    fileprivate mutating func pad() throws -> [GraphValue] {
        var value = try computed(0)
        let rank = extents(value).count + 1
        let pads = try (opset < 11 ? node.integers("pads") : integers(1)) ?? []
        var axes = Array(0..<rank)
        if has(3) { axes = try integers(3).map { try axis($0, rank: rank) } }
        guard pads.count == 2 * axes.count, pads.allSatisfy({ abs($0) < 1 << 40 }) else {
            throw malformed("It has \(pads.count) pads for \(axes.count) axes.")
        }
        var widths = [(Int, Int)](repeating: (0, 0), count: rank - 1)
        for (index, axis) in axes.enumerated() {
            let width = (pads[index], pads[index + axes.count])
            guard let position = value.position(axis) else {
                if width == (0, 0) { continue }
                throw mixesExamples
            }
            widths[position] = width
        }
        for (position, width) in widths.enumerated() where width.0 < 0 || width.1 < 0 {
            guard let extent = extents(value)[position], max(-width.0, 0) + max(-width.1, 0) <= extent else {
                throw malformed("It takes off more than there is.")
            }
            let start = max(-width.0, 0)
            value.id = try push(
                .slicing(Slicing(axis: position, start: start, count: extent - start - max(-width.1, 0))), [value.id])
            widths[position] = (max(width.0, 0), max(width.1, 0))
        }
        switch node.text("mode", default: "constant") {
        case "constant":
            let number = has(2) ? try constant(2).scalar ?? 0 : node.number("value", default: 0)
            value.id = try padded(value.id, widths, number)
        case "reflect":
            value.id = try extended(value.id, widths) { place, extent in
                let period = max(2 * (extent - 1), 1)
                let offset = ((place % period) + period) % period
                return offset < extent ? offset : period - offset
            }
        case "edge": value.id = try extended(value.id, widths) { place, extent in min(max(place, 0), extent - 1) }
        case "wrap": value.id = try extended(value.id, widths) { place, extent in (place % extent + extent) % extent }
        case let mode: throw unsupported("its mode '\(mode)' is not known")
        }
        return [GraphValue(.computed(value), isInteger: try input(0).isInteger)]
    }

    /// A number put around a value.
    mutating func padded(_ value: ValueID, _ widths: [(Int, Int)], _ number: Double) throws -> ValueID {
        guard widths.contains(where: { $0 != (0, 0) }) else { return value }
        for (edge, channels) in [(widths[widths.count - 1], ChannelAxis.last), (widths[0], .first)]
        where edge == (0, 0) && widths.count > 1 {
            let spatial = channels == .last ? widths.dropLast() : widths.dropFirst()
            return try push(
                .padding(
                    Padding(before: spatial.map(\.0), after: spatial.map(\.1), channels: channels, value: number)),
                [value])
        }
        let extents = program[value].extents ?? []
        var result = try reshape(value, [1] + extents)
        result = try push(
            .padding(
                Padding(before: widths.map(\.0), after: widths.map(\.1), channels: .first, value: number)), [result])
        return try reshape(result, Array((program[result].extents ?? []).dropFirst()))
    }

    /// Each axis carried on beyond its ends with elements of its own.
    ///
    /// - Parameter source: the element that stands at a place before the first or behind the last one.
    private mutating func extended(
        _ value: ValueID, _ widths: [(Int, Int)], _ source: (_ place: Int, _ extent: Int) -> Int
    ) throws -> ValueID {
        var value = value
        for (axis, width) in widths.enumerated() where width != (0, 0) {
            guard let extent = program[value].extents?[axis], extent > 0 else {
                throw unsupported("it pads an axis that the model leaves open")
            }
            guard width.0 + width.1 <= 4096 else { throw unsupported("it pads by \(width.0 + width.1)") }
            let places = Array(-width.0..<0) + Array(extent..<extent + width.1)
            let parts = try places.map { place in
                try push(.slicing(Slicing(axis: axis, start: source(place, extent), count: 1)), [value])
            }
            value = try push(
                .concatenation(Concatenation(axis: axis)),
                parts.prefix(width.0) + [value] + parts.dropFirst(width.0))
        }
        return value
    }
}
