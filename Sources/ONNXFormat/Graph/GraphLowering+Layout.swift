internal import Networks
internal import Tensors

/// Where channels lie. A graph has them before the spatial axes; the network computes faster with them behind, and so
/// images stay from one operator to the next until one wants the axes as the graph has them.
extension GraphLowering {
    /// Operators that take values with channels behind the spatial axes, besides those of the graph's order.
    static let layoutFree: Set<String> = Set(GraphOperators.functions.keys)
        .union(GraphOperators.activations.keys).union(GraphOperators.windows.keys)
        .union(GraphOperators.arithmetic.keys).union(GraphOperators.reductions.keys)
        .union(GraphOperators.resizing.keys)
        .union([
            "BatchNormalization", "InstanceNormalization", "GroupNormalization", "LpNormalization", "LRN",
            "MeanVarianceNormalization", "Shape", "Size", "Transpose", "Concat", "Split", "Slice", "Pad",
        ])

    /// A value with its second axis, the channels, behind those that follow it.
    mutating func channelsLast(_ value: ComputedValue) throws -> ComputedValue {
        guard value.spatial == nil, value.batch == 0 else { return value }
        let count = extents(value).count
        guard count > 1 else { return value }
        var result = value
        result.id = try moved(value.id, Array(1..<count) + [0])
        result.spatial = count - 1
        return result
    }

    /// A value with its axes as the graph has them.
    mutating func channelsFirst(_ value: ComputedValue) throws -> ComputedValue {
        guard let spatial = value.spatial else { return value }
        var result = value
        result.id = try moved(value.id, [spatial] + Array(0..<spatial))
        result.spatial = nil
        return result
    }

    private mutating func moved(_ value: ValueID, _ order: [Int]) throws -> ValueID {
        let extents = program[value].extents ?? []
        // Of an image of one point nothing moves.
        if extents.count(where: { $0 != 1 }) <= 1 { return try reshape(value, order.map { extents[$0] }) }
        return try push(.transpose(Transpose(order)), [value])
    }

    /// A constant without an axis of examples, as a value of so many spatial axes has its axes.
    func channelsLast(_ tensor: HostTensor, spatial: Int) -> HostTensor {
        var result = tensor
        while result.dimensions.count < spatial + 1 { result.dimensions.insert(1, at: 0) }
        return result.viewed { $0.transposed(Array(1...spatial) + [0]) }
    }

    /// Values of one rank all with channels behind the spatial axes, where one has; else all as the graph has them.
    mutating func unified(_ values: [ComputedValue]) throws -> [ComputedValue] {
        guard let spatial = values.lazy.compactMap(\.spatial).first else { return values }
        let isEven = values.allSatisfy { $0.batch == 0 && $0.folded.isEmpty && extents($0).count == spatial + 1 }
        return try values.map { try isEven ? channelsLast($0) : channelsFirst($0) }
    }
}
