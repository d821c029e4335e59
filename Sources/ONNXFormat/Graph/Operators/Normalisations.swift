internal import Networks
internal import Tensors

/// Normalisation.
extension GraphOperators {
    static let normalisations: [String: GraphOperator] = [
        "BatchNormalization": { try $0.normalizeByStatistics() },
        "LayerNormalization": { try $0.normalizeLayer(.variance) },
        "RMSNormalization": { try $0.normalizeLayer(.meanSquare) },
        "InstanceNormalization": { try $0.normalizeInstances() },
        "GroupNormalization": { try $0.normalizeGroups() },
        "MeanVarianceNormalization": { try $0.normalizeByMoments() },
        "LpNormalization": { try $0.normalizeByLength() },
        "LRN": { try $0.normalizeLocally() },
    ]
}

extension GraphLowering {
    /// A value whose second axis are channels.
    private mutating func channelled() throws -> (value: ComputedValue, channels: Int, axis: Int) {
        let value = try channelsLast(computed(0))
        guard value.batch == 0 else { throw mixesExamples }
        guard !extents(value).isEmpty, let axis = value.position(1), let channels = extents(value)[axis] else {
            throw unsupported("the model leaves the number of channels open")
        }
        return (value, channels, axis)
    }

    private func onlyFirstOutput() throws {
        guard node.proto.output.dropFirst().allSatisfy(\.isEmpty) else {
            throw unsupported("its outputs besides the first are not computed")
        }
    }

    fileprivate mutating func normalizeByStatistics() throws -> [GraphValue] {
        guard !node.flag("training_mode") else { throw unsupported("it is in training mode") }
        try onlyFirstOutput()
        var (value, channels, axis) = try channelled()
        var references: [ParameterReference] = []
        let roles: [(String, ParameterRole.Purpose)] = [
            ("scale", .normalisation), ("B", .normalisation), ("input_mean", .statistics), ("input_var", .statistics),
        ]
        for (index, role) in roles.enumerated() {
            try checkCount(index + 1, channels)
            references.append(try parameter(index + 1, role.0, role.1))
        }
        let source = Affine.Source.batchStatistics(
            hasGamma: true, hasBeta: true, epsilon: node.number("epsilon", default: 1e-5))
        value.id = try push(.affine(Affine(source, axes: [axis])), [value.id], references)
        return [GraphValue(.computed(value))]
    }

    fileprivate mutating func normalizeLayer(_ moment: Standardisation.Moment) throws -> [GraphValue] {
        let value = try computed(0)
        let extents = extents(value)
        let rank = extents.count + 1
        let axis = try axis(node.integer("axis", default: -1), rank: rank)
        let axes = try (axis..<rank).map { axis in
            guard let position = value.position(axis) else { throw mixesExamples }
            return position
        }
        let shape = axes.map { extents[$0] }
        let hasShift = moment == .variance && has(2)
        var references: [ParameterReference] = []
        for index in hasShift ? [1, 2] : [1] {
            let dimensions = dimensions(try input(index)).map(\.integer)
            guard dimensions == shape else {
                throw unsupported(
                    "its input \(index) has the shape \(dimensions.compactMap(\.self)), not that of the axes")
            }
            references.append(try parameter(index, index == 1 ? "Scale" : "B", .normalisation))
        }
        let primitive = Standardisation(
            axes: axes, hasScale: true, hasShift: hasShift, moment: moment,
            epsilon: node.number("epsilon", default: 1e-5))
        var result = value
        result.id = try push(.standardisation(primitive), [value.id], references)
        guard node.proto.output.dropFirst().contains(where: { !$0.isEmpty }) else {
            return [GraphValue(.computed(result))]
        }
        return [GraphValue(.computed(result))] + (try moments(value, axes, primitive.epsilon))
    }

    /// Mean and 1 / deviation along some axes, which stay.
    private mutating func moments(_ value: ComputedValue, _ axes: [Int], _ epsilon: Double) throws -> [GraphValue] {
        let average = Primitive.reduction(Reduction(.average, axes: axes, keepsAxes: true))
        var (mean, inverse) = (value, value)
        mean.id = try push(average, [value.id])
        let centred = try push(.elementwise(Elementwise(.subtract)), [value.id, mean.id])
        let square = try push(.elementwise(Elementwise(.multiply)), [centred, centred])
        let variance = try push(average, [square])
        inverse.id = try push(.activation(Activation("rsqrt")), [push(.affine(Affine(shift: epsilon)), [variance])])
        return [GraphValue(.computed(mean)), GraphValue(.computed(inverse))]
    }

    fileprivate mutating func normalizeInstances() throws -> [GraphValue] {
        var (value, channels, axis) = try channelled()
        for index in 1...2 { try checkCount(index, channels) }
        value.id = try normalized(
            value, axis, groups: channels,
            [try parameter(1, "scale", .normalisation), try parameter(2, "B", .normalisation)])
        return [GraphValue(.computed(value))]
    }

    private mutating func normalized(
        _ value: ComputedValue, _ axis: Int, groups: Int, _ references: [ParameterReference]
    ) throws -> ValueID {
        let primitive = Standardisation(
            axes: Array(extents(value).indices), groups: groups, channelAxis: axis, hasScale: true, hasShift: true,
            epsilon: node.number("epsilon", default: 1e-5))
        return try push(.standardisation(primitive), [value.id], references)
    }

    fileprivate mutating func normalizeGroups() throws -> [GraphValue] {
        var (value, channels, axis) = try channelled()
        let groups = node.integer("num_groups", default: 0)
        guard groups > 0, channels % groups == 0 else {
            throw malformed("\(channels) channels do not divide into \(groups) groups.")
        }
        // Up to version 20 there is one scale for each group.
        let count = opset < 21 ? groups : channels
        var references: [ParameterReference] = []
        for index in 1...2 {
            try checkCount(index, count)
            references.append(
                try parameter(index, index == 1 ? "scale" : "bias", .normalisation) { view in
                    count == channels
                        ? view : view.selecting((0..<channels).map { $0 / (channels / groups) }, axis: 0)
                })
        }
        value.id = try normalized(value, axis, groups: groups, references)
        return [GraphValue(.computed(value))]
    }

    /// (x − mean) / (deviation + 10⁻⁹)
    fileprivate mutating func normalizeByMoments() throws -> [GraphValue] {
        var value = try computed(0)
        let rank = extents(value).count + 1
        let axes = try positions(node.integers("axes") ?? [0, 2, 3], value, rank: rank)
        let mean = try push(.reduction(Reduction(.average, axes: axes, keepsAxes: true)), [value.id])
        let centred = try push(.elementwise(Elementwise(.subtract)), [value.id, mean])
        let square = try push(.elementwise(Elementwise(.multiply)), [centred, centred])
        let variance = try push(.reduction(Reduction(.average, axes: axes, keepsAxes: true)), [square])
        let deviation = try push(.activation(Activation("sqrt")), [variance])
        let divisor = try push(.affine(Affine(shift: 1e-9)), [deviation])
        value.id = try push(.elementwise(Elementwise(.divide)), [centred, divisor])
        return [GraphValue(.computed(value))]
    }

    /// Positions among the extents of axes of the graph's value.
    func positions(_ axes: [Int], _ value: ComputedValue, rank: Int) throws -> [Int] {
        try Set(
            axes.map { axis in
                guard let position = value.position(try self.axis(axis, rank: rank)) else { throw mixesExamples }
                return position
            }
        ).sorted()
    }

    fileprivate mutating func normalizeByLength() throws -> [GraphValue] {
        var value = try computed(0)
        let axes = try positions([node.integer("axis", default: -1)], value, rank: extents(value).count + 1)
        let isSum = node.integer("p", default: 2) == 1
        let terms =
            isSum
            ? try push(.activation(Activation("abs")), [value.id])
            : try push(.elementwise(Elementwise(.multiply)), [value.id, value.id])
        var length = try push(.reduction(Reduction(.sum, axes: axes, keepsAxes: true)), [terms])
        if !isSum { length = try push(.activation(Activation("sqrt")), [length]) }
        let zero = try materialised(HostTensor(scalar: 0), with: value.id)
        let quotient = try push(.elementwise(Elementwise(.divide)), [value.id, length])
        // A vector of zeros stays one.
        value.id = try push(.elementwise(Elementwise(.select)), [length, quotient, zero])
        return [GraphValue(.computed(value))]
    }

    /// x / (bias + alpha / size · Σ x²)^beta, the sum over neighbouring channels
    fileprivate mutating func normalizeLocally() throws -> [GraphValue] {
        var (value, channels, axis) = try channelled()
        let size = node.integer("size", default: 1)
        guard (1...1024).contains(size) else { throw malformed("Its size is \(size).") }
        let before = (size - 1) / 2
        let square = try push(.elementwise(Elementwise(.multiply)), [value.id, value.id])
        var widths = [(Int, Int)](repeating: (0, 0), count: extents(value).count)
        widths[axis] = (before, size - 1 - before)
        let wide = try padded(square, widths, 0)
        let parts = try (0..<size).map { try push(.slicing(Slicing(axis: axis, start: $0, count: channels)), [wide]) }
        let sum = parts.count == 1 ? parts[0] : try push(.elementwise(Elementwise(.add)), parts)
        let scale = node.number("alpha", default: 1e-4) / Double(size)
        let base = try push(.affine(Affine(scale: scale, shift: node.number("bias", default: 1))), [sum])
        let exponent = try materialised(HostTensor(scalar: node.number("beta", default: 0.75)), with: value.id)
        let divisor = try push(.elementwise(Elementwise(.power)), [base, exponent])
        value.id = try push(.elementwise(Elementwise(.divide)), [value.id, divisor])
        return [GraphValue(.computed(value))]
    }
}
