internal import Networks
internal import Tensors

/// Convolutions and pooling.
extension GraphOperators {
    static let windows: [String: GraphOperator] = [
        "Conv": { try $0.convolve() },
        "ConvTranspose": { try $0.convolveTransposed() },
        "MaxPool": { try $0.pool(.maximum) },
        "AveragePool": { try $0.pool(.average) },
        "GlobalAveragePool": { try $0.poolGlobally(.average) },
        "GlobalMaxPool": { try $0.poolGlobally(.maximum) },
    ]
}

/// How a window slides over the spatial axes, as a node says it.
struct SlidingWindow {
    var size: [Int]
    var strides: [Int]
    var dilations: [Int]
    var before: [Int]
    var after: [Int]

    /// What the window covers along an axis, holes included.
    func span(_ axis: Int) throws(SparsifyError) -> Int {
        try Checked.add(try Checked.multiply(size[axis] - 1, dilations[axis], "span of a window"), 1, "span")
    }

    var window: Window { Window(size: size, strides: strides, dilation: dilations, padding: .valid) }

    private static let range = 1...1 << 20

    /// - Parameters:
    ///   - size: of the window.
    ///   - spatial: extents that it slides over; needed only where the padding follows from them.
    init(_ node: GraphNode, size: [Int], spatial: [Int?]) throws {
        let rank = size.count
        guard size.allSatisfy(Self.range.contains) else {
            throw SparsifyError(.malformed, "Its window has the size \(size).")
        }
        self.size = size
        strides = try node.integers("strides", count: rank, in: Self.range, default: 1)
        dilations = try node.integers("dilations", count: rank, in: Self.range, default: 1)
        let mode = node.text("auto_pad", default: "NOTSET")
        switch mode {
        case "NOTSET", "":
            let pads = try node.integers("pads", count: 2 * rank, in: 0...1 << 30, default: 0)
            (before, after) = (Array(pads.prefix(rank)), Array(pads.dropFirst(rank)))
        case "VALID":
            before = size.map { _ in 0 }
            after = before
        case "SAME_UPPER", "SAME_LOWER":
            (before, after) = ([], [])
            for axis in 0..<rank {
                guard let extent = spatial[axis] else {
                    throw SparsifyError(.unsupported, "its padding depends on an extent that the model leaves open")
                }
                let covered = max(extent - 1, 0) / strides[axis] * strides[axis]
                let total = max(try Checked.add(covered, try span(axis), "span of all windows") - extent, 0)
                before.append(mode == "SAME_UPPER" ? total / 2 : total - total / 2)
                after.append(total - before[axis])
            }
        default: throw SparsifyError(.malformed, "Its 'auto_pad' is '\(mode)'.")
        }
    }
}

extension GraphLowering {
    /// The input of an operator over spatial axes: examples, channels, then those.
    private mutating func image() throws -> (value: ComputedValue, channels: Int, spatial: [Int?]) {
        let value = try channelsLast(computed(0))
        guard value.batch == 0 else { throw mixesExamples }
        guard value.spatial != nil else { throw malformed("Its input has no spatial axes.") }
        let extents = extents(value)
        guard let channels = extents[extents.count - 1] else {
            throw unsupported("the model leaves the number of channels open")
        }
        return (value, channels, Array(extents.dropLast()))
    }

    private mutating func padded(_ value: ValueID, _ window: SlidingWindow, _ number: Double) throws -> ValueID {
        try padded(value, zip(window.before, window.after).map { ($0, $1) } + [(0, 0)], number)
    }

    fileprivate mutating func convolve() throws -> [GraphValue] {
        var (value, channels, spatial) = try image()
        let weight = dimensions(try input(1)).compactMap(\.integer)
        let rank = spatial.count
        let groups = node.integer("group", default: 1)
        guard weight.count == rank + 2, groups > 0, channels % groups == 0, weight[1] == channels / groups,
            weight[0] % groups == 0, weight[0] > 0
        else {
            throw malformed("A kernel of shape \(weight) in \(groups) groups does not fit \(channels) channels.")
        }
        let window = try SlidingWindow(node, size: Array(weight.dropFirst(2)), spatial: spatial)
        value.id = try padded(value.id, window, 0)
        let isDepthwise = groups == channels && groups > 1 && weight[1] == 1
        let outputs = OutputIndexing(axes: isDepthwise ? [rank, rank + 1] : [rank + 1])
        var references = [
            try parameter(1, "W", .weight, outputs: outputs) { view in
                guard isDepthwise else { return view.transposed(Array(2..<rank + 2) + [1, 0]) }
                let split = view.removing(axis: 1).splitting(axis: 0, into: [channels, weight[0] / channels])
                guard let split else { throw SparsifyError(.unsupported, "its kernel is a part of another") }
                return split.transposed(Array(2..<rank + 2) + [0, 1])
            }
        ]
        if has(2) { references.append(try bias(2, count: weight[0])) }
        let primitive: Primitive =
            isDepthwise
            ? .depthwiseConvolution(
                DepthwiseConvolution(
                    window: window.window, multiplier: weight[0] / channels, channels: .last, hasBias: has(2)))
            : .convolution(
                Convolution(
                    window: window.window, filters: weight[0], groups: groups, channels: .last, hasBias: has(2)))
        value.id = try push(primitive, [value.id], references)
        return [GraphValue(.computed(value))]
    }

    /// A bias of so many elements.
    func checkCount(_ index: Int, _ count: Int) throws {
        let dimensions = dimensions(try input(index)).compactMap(\.integer)
        guard dimensions.count == 1, dimensions[0] == count else {
            throw malformed("Its input \(index) has the shape \(dimensions), not (\(count)).")
        }
    }

    mutating func bias(_ index: Int, count: Int) throws -> ParameterReference {
        try checkCount(index, count)
        return try parameter(index, "B", .bias)
    }

    fileprivate mutating func convolveTransposed() throws -> [GraphValue] {
        var (value, channels, spatial) = try image()
        let weight = dimensions(try input(1)).compactMap(\.integer)
        let rank = spatial.count
        let groups = node.integer("group", default: 1)
        guard weight.count == rank + 2, groups > 0, groups <= 4096, weight[0] == channels, channels % groups == 0,
            weight[1] > 0
        else { throw malformed("A kernel of shape \(weight) in \(groups) groups does not fit \(channels) channels.") }
        let filters = weight[1]
        if has(2) { try checkCount(2, try Checked.multiply(filters, groups, "number of filters")) }
        let (window, outputPadding) = try transposedWindow(Array(weight.dropFirst(2)), spatial)
        var parts: [ValueID] = []
        for group in 0..<groups {
            let depth = channels / groups
            let input =
                groups == 1
                ? value.id
                : try push(.slicing(Slicing(axis: rank, start: group * depth, count: depth)), [value.id])
            let isDilated = window.dilations.contains { $0 > 1 }
            let outputs =
                isDilated
                ? OutputIndexing(axes: [rank])
                : OutputIndexing(axes: Array(0...rank), moduli: window.strides + [0])
            var references = [
                try parameter(1, "W", .weight, outputs: outputs) { view in
                    let own = groups == 1 ? view : view.selecting(Array(group * depth..<(group + 1) * depth), axis: 0)
                    return own.transposed(Array(2..<rank + 2) + [1, 0])
                }
            ]
            if has(2) {
                references.append(
                    try parameter(2, "B", .bias) { view in
                        groups == 1 ? view : view.selecting(Array(group * filters..<(group + 1) * filters), axis: 0)
                    })
            }
            let primitive = TransposedConvolution(
                window: window.window, filters: filters, outputPadding: outputPadding, channels: .last,
                hasBias: has(2))
            parts.append(try push(.transposedConvolution(primitive), [input], references))
        }
        value.id = parts.count == 1 ? parts[0] : try push(.concatenation(Concatenation(axis: rank)), parts)
        if window.before.contains(where: { $0 > 0 }) || window.after.contains(where: { $0 > 0 }) {
            value.id = try push(
                .cropping(Cropping(before: window.before, after: window.after, channels: .last)), [value.id])
        }
        return [GraphValue(.computed(value))]
    }

    /// The window of a transposed convolution, whose padding is cut off its output, and what is added to that.
    private func transposedWindow(_ size: [Int], _ spatial: [Int?]) throws -> (SlidingWindow, [Int]) {
        let rank = size.count
        let mode = node.text("auto_pad", default: "NOTSET")
        let added = try node.integers("output_padding", count: rank, in: 0...1 << 20, default: 0)
        let isSame = mode.hasPrefix("SAME")
        guard node.attribute("output_shape") != nil || isSame else {
            return (try SlidingWindow(node, size: size, spatial: spatial), added)
        }
        var window = try SlidingWindow(node, size: size, spatial: spatial.map { _ in 1 })
        let given =
            try node.attribute("output_shape") == nil
            ? nil : node.integers("output_shape", count: rank, in: 1...1 << 30, default: 0)
        var extra = added
        for axis in 0..<rank {
            guard let extent = spatial[axis], extent > 0 else {
                throw unsupported("its output depends on an extent that the model leaves open")
            }
            let what = "output of a transposed convolution"
            let full = try Checked.add(
                try Checked.multiply(extent - 1, window.strides[axis], what),
                try window.span(axis) + added[axis], what)
            let wanted = try given?[axis] ?? Checked.multiply(extent, window.strides[axis], what)
            extra[axis] += max(wanted - full, 0)
            let total = max(full - wanted, 0)
            window.before[axis] = mode == "SAME_UPPER" ? total / 2 : total - total / 2
            window.after[axis] = total - window.before[axis]
        }
        return (window, extra)
    }

    fileprivate mutating func pool(_ kind: Pooling.Kind) throws -> [GraphValue] {
        var (value, _, spatial) = try image()
        guard let size = node.integers("kernel_shape"), size.count == spatial.count else {
            throw malformed("Its 'kernel_shape' does not fit \(spatial.count) spatial axes.")
        }
        if node.proto.output.count > 1, !node.proto.output[1].isEmpty {
            throw unsupported("its second output, the positions, is not computed")
        }
        let window = try SlidingWindow(node, size: size, spatial: spatial)
        let countsPadding = node.flag("count_include_pad")
        var padded = window
        var counts: [[Int]] = []
        for (axis, extent) in spatial.enumerated() {
            let needsExtent = node.flag("ceil_mode") || kind == .average && !countsPadding && window.hasPadding
            guard let extent else {
                if needsExtent { throw unsupported("its padding depends on an extent that the model leaves open") }
                counts.append([])
                continue
            }
            let span = try window.span(axis)
            let whole = try Checked.add(extent, window.before[axis] + window.after[axis], "extent")
            guard span <= whole else { throw malformed("A window that spans \(span) does not fit \(whole).") }
            let stride = window.strides[axis]
            var outputs = (whole - span) / stride + 1
            if node.flag("ceil_mode"), (whole - span) % stride > 0, outputs * stride < extent + window.before[axis] {
                outputs += 1
                padded.after[axis] += (outputs - 1) * stride + span - whole
            }
            // How many elements of each window exist.
            let limits = countsPadding ? 0..<whole : window.before[axis]..<window.before[axis] + extent
            guard outputs <= 1 << 20 else { throw unsupported("it has \(outputs) windows") }
            counts.append(
                kind == .maximum
                    ? []
                    : (0..<outputs).map { output in
                        (0..<size[axis]).count { limits.contains(output * stride + $0 * window.dilations[axis]) }
                    })
        }
        value.id = try self.padded(value.id, padded, kind == .maximum ? -.infinity : 0)
        value.id = try push(.pooling(Pooling(kind, window: window.window, channels: .last)), [value.id])
        if kind == .average { value.id = try corrected(value.id, counts, size) }
        return [GraphValue(.computed(value), isInteger: try input(0).isInteger)]
    }

    /// Means over windows part of which is padding, as means over the rest.
    private mutating func corrected(_ value: ValueID, _ counts: [[Int]], _ size: [Int]) throws -> ValueID {
        var value = value
        for (axis, list) in counts.enumerated() where list.contains(where: { $0 != size[axis] }) {
            let scale = list.map { Double(size[axis]) / Double(max($0, 1)) }
            value = try push(.affine(Affine(.constants(scale: scale, shift: []), axes: [axis])), [value])
        }
        return value
    }

    fileprivate mutating func poolGlobally(_ kind: Reduction.Kind) throws -> [GraphValue] {
        var (value, _, spatial) = try image()
        value.id = try push(
            .reduction(Reduction(kind, axes: Array(spatial.indices), keepsAxes: true)), [value.id])
        return [GraphValue(.computed(value))]
    }
}

extension SlidingWindow {
    var hasPadding: Bool { before.contains { $0 > 0 } || after.contains { $0 > 0 } }
}
