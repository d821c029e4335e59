internal import Tensors

/// Small compositions of primitives that many layers need.
extension Lowering {
    /// One number, for as many examples as a value has.
    mutating func constant(_ number: Double, with value: ValueID) throws -> ValueID {
        try push(.constant(Constant([number], extents: [])), [value])
    }

    mutating func combine(_ kind: Elementwise.Kind, _ first: ValueID, _ second: ValueID) throws -> ValueID {
        try push(.elementwise(Elementwise(kind)), [first, second])
    }

    /// A value compared, or otherwise combined, with a number.
    mutating func combine(_ kind: Elementwise.Kind, _ value: ValueID, _ number: Double) throws -> ValueID {
        try combine(kind, value, try constant(number, with: value))
    }

    mutating func apply(_ function: String, _ value: ValueID) throws -> ValueID {
        try push(.activation(Activation(function).canonical()), [value])
    }

    mutating func reduce(
        _ kind: Reduction.Kind, _ value: ValueID, axes: [Int], keepsAxes: Bool = false
    ) throws -> ValueID {
        try push(.reduction(Reduction(kind, axes: axes, keepsAxes: keepsAxes)), [value])
    }

    /// The same elements under other extents, one of which may be open.
    ///
    /// - Throws: `unsupported` where several are open.
    mutating func reshape(_ value: ValueID, _ target: Extents) throws -> ValueID {
        if target == extents(value) { return value }
        guard target.count(where: { $0 == nil }) <= 1 else {
            throw SparsifyError(.unsupported, "the model leaves open several extents of a value that is reshaped")
        }
        return try push(.reshape(Reshape(target.map { $0 ?? -1 })), [value])
    }

    /// New axes of extent 1, each before the axis that has this position now.
    mutating func inserting(axes: [Int], into value: ValueID) throws -> ValueID {
        var target = extents(value)
        for axis in axes.sorted(by: >) { target.insert(1, at: axis) }
        return try reshape(value, target)
    }

    mutating func slice(_ value: ValueID, axis: Int, start: Int, count: Int, step: Int = 1) throws -> ValueID {
        if start == 0, step == 1, extents(value)[axis] == count { return value }
        return try push(.slicing(Slicing(axis: axis, start: start, count: count, step: step)), [value])
    }

    mutating func concatenate(_ values: [ValueID], axis: Int) throws -> ValueID {
        values.count == 1 ? values[0] : try push(.concatenation(Concatenation(axis: axis)), values)
    }

    /// One number in the shape of a value.
    mutating func filled(_ number: Double, like value: ValueID) throws -> ValueID {
        let constant = try constant(number, with: value)
        let extents = extents(value).compactMap { $0 }
        if extents.count == self.extents(value).count {
            return try push(.constant(Constant([number], extents: extents)), [value])
        }
        // Whichever is selected, it is the number, once for each element.
        return try push(.elementwise(Elementwise(.select)), [value, constant, constant])
    }

    /// A value repeated along axes of extent 1, and along new first ones, to these extents.
    mutating func broadcast(_ value: ValueID, to target: [Int]) throws -> ValueID {
        if extents(value) == target.map({ $0 }) { return value }
        _ = try Shape(target)
        let shape = try push(.constant(Constant([1], extents: target)), [value])
        return try push(.elementwise(Elementwise(.select)), [shape, value, value])
    }
}
