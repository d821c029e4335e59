internal import Networks
internal import Tensors

/// Reductions along axes.
extension GraphOperators {
    static let reductions: [String: GraphOperator] = [
        "ReduceMean": { try $0.reduce(.average) },
        "ReduceSum": { try $0.reduce(.sum) },
        "ReduceMax": { try $0.reduce(.maximum) },
        "ReduceMin": { try $0.reduce(.minimum) },
        "ReduceProd": { try $0.reduce(.product) },
        "ReduceL1": { try $0.reduce(.sum, before: "abs") },
        "ReduceL2": { try $0.reduce(.sum, before: "square", after: "sqrt") },
        "ReduceSumSquare": { try $0.reduce(.sum, before: "square") },
        "ReduceLogSum": { try $0.reduce(.sum, after: "log") },
        "ReduceLogSumExp": { try $0.reduceExponents() },
        "ArgMax": { try $0.findIndex(.maximumIndex) },
        "ArgMin": { try $0.findIndex(.minimumIndex) },
    ]
}

extension GraphLowering {
    /// Axes to reduce, as positions among the extents; nil where none are to be, and nothing is done.
    private func reducedAxes(_ value: ComputedValue) throws -> [Int]? {
        let rank = extents(value).count + 1
        let given = try node.integers("axes") ?? (has(1) ? integers(1) : [])
        if given.isEmpty {
            if node.flag("noop_with_empty_axes") { return nil }
            return try positions(Array(0..<rank), value, rank: rank)
        }
        return try positions(given, value, rank: rank)
    }

    /// The input, with channels behind the spatial axes only where those axes go or stay together.
    private mutating func reducible() throws -> ComputedValue {
        let value = try computed(0)
        guard let spatial = value.spatial, !node.flag("keepdims", default: true) else { return value }
        let axes = try reducedAxes(value) ?? []
        return axes.contains(spatial) || axes.count == spatial ? value : try channelsFirst(value)
    }

    private func reduced(_ value: ComputedValue, _ id: ValueID, _ axes: [Int], keepsAxes: Bool) -> GraphValue {
        var result = value
        result.id = id
        if !keepsAxes, !axes.isEmpty {
            result.batch -= value.spatial == nil ? axes.count { $0 < value.batch } : 0
            result.spatial = nil
        }
        return GraphValue(.computed(result))
    }

    fileprivate mutating func reduce(
        _ kind: Reduction.Kind, before: String? = nil, after: String? = nil
    ) throws -> [GraphValue] {
        if let tensor = try constantIfKnown(0) { return [try folded(kind, tensor, before, after)] }
        let value = try reducible()
        if try input(0).isInteger, kind == .maximum || kind == .minimum, extents(value).contains(0) {
            throw unsupported("it takes the largest or smallest of no integers")
        }
        var id = value.id
        switch before {
        case "square": id = try push(.elementwise(Elementwise(.multiply)), [id, id])
        case let name?: id = try push(.activation(Activation(name)), [id])
        case nil: break
        }
        let keepsAxes = node.flag("keepdims", default: true)
        let axes = try reducedAxes(value)
        if let axes { id = try push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), [id]) }
        if let after { id = try push(.activation(Activation(after)), [id]) }
        var result = reduced(value, id, axes ?? [], keepsAxes: keepsAxes)
        result.isInteger = try input(0).isInteger
        return [result]
    }

    /// The product or sum of a small constant, which shapes are computed with.
    private func folded(
        _ kind: Reduction.Kind, _ tensor: HostTensor, _ before: String?, _ after: String?
    ) throws -> GraphValue {
        let given = try node.integers("axes") ?? (has(1) ? integers(1) : [])
        guard before == nil, after == nil, tensor.dimensions.count <= 1, given.isEmpty || given == [0] || given == [-1],
            kind == .product || kind == .sum || kind == .maximum || kind == .minimum
        else { throw unsupported("it reduces a constant") }
        var result: Number?
        for number in tensor.numbers {
            guard let known = result else {
                result = number
                continue
            }
            switch (kind, known, number) {
            case (.product, .real(let a), .real(let b)): result = .real(a * b)
            case (.product, .batch(let a), .real(let b)), (.product, .real(let b), .batch(let a)):
                result = .batch(a * b)
            case (.sum, .real(let a), .real(let b)): result = .real(a + b)
            case (.maximum, .real(let a), .real(let b)): result = .real(max(a, b))
            case (.minimum, .real(let a), .real(let b)): result = .real(min(a, b))
            default: result = .open
            }
        }
        guard let result = result ?? (kind == .product ? .real(1) : kind == .sum ? .real(0) : nil) else {
            throw malformed("It reduces nothing.")
        }
        let keepsAxes = node.flag("keepdims", default: true)
        return GraphValue(
            HostTensor(
                [result], dimensions: keepsAxes ? tensor.dimensions.map { _ in 1 } : [], isInteger: tensor.isInteger))
    }

    /// log Σ eˣ, less the largest element so that nothing overflows.
    fileprivate mutating func reduceExponents() throws -> [GraphValue] {
        let value = try reducible()
        guard let axes = try reducedAxes(value) else { return [try input(0)] }
        let keepsAxes = node.flag("keepdims", default: true)
        let largest = try push(.reduction(Reduction(.maximum, axes: axes, keepsAxes: true)), [value.id])
        let rest = try push(.elementwise(Elementwise(.subtract)), [value.id, largest])
        let exponents = try push(.activation(Activation("exp")), [rest])
        let sum = try push(.reduction(Reduction(.sum, axes: axes, keepsAxes: true)), [exponents])
        let logarithm = try push(.activation(Activation("log")), [sum])
        var id = try push(.elementwise(Elementwise(.add)), [logarithm, largest])
        if !keepsAxes {
            id = try reshape(id, extents(value).enumerated().filter { !axes.contains($0.offset) }.map(\.element))
        }
        return [reduced(value, id, axes, keepsAxes: keepsAxes)]
    }

    fileprivate mutating func findIndex(_ kind: Reduction.Kind) throws -> [GraphValue] {
        let value = try channelsFirst(computed(0))
        let axes = try positions([node.integer("axis", default: 0)], value, rank: extents(value).count + 1)
        let keepsAxes = node.flag("keepdims", default: true)
        // The last of equal elements is the first from the end.
        let isLast = node.flag("select_last_index")
        let source = isLast ? try push(.reversal(Reversal(axis: axes[0])), [value.id]) : value.id
        var id = try push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), [source])
        if isLast {
            guard let extent = extents(value)[axes[0]] else {
                throw unsupported("it counts from the end of an axis that the model leaves open")
            }
            id = try push(.affine(Affine(scale: -1, shift: Double(extent - 1))), [id])
        }
        var result = reduced(value, id, axes, keepsAxes: keepsAxes)
        result.isInteger = true
        return [result]
    }
}
