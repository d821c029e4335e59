internal import Networks
internal import Tensors

/// Constants, and what shapes are computed with.
extension GraphOperators {
    static let constants: [String: GraphOperator] = [
        "Constant": { try $0.constantNode() },
        "ConstantOfShape": { try $0.constantOfShape() },
        "Shape": { try $0.shape() },
        "Size": { try $0.size() },
        "Range": { try $0.range() },
        "EyeLike": { try $0.eye() },
        "Trilu": { try $0.triangle() },
    ]
}

extension GraphLowering {
    fileprivate func constantNode() throws -> [GraphValue] {
        if let tensor = node.attribute("value")?.t { return [GraphValue(try GraphSource.tensor(tensor))] }
        func row(_ numbers: [Double], isInteger: Bool) -> [GraphValue] {
            [GraphValue(HostTensor(numbers.map { .real($0) }, dimensions: [numbers.count], isInteger: isInteger))]
        }
        if let number = node.attribute("value_float") { return [GraphValue(HostTensor(scalar: Double(number.f)))] }
        if let number = node.attribute("value_int") {
            return [GraphValue(HostTensor(scalar: Double(number.i), isInteger: true))]
        }
        if let list = node.attribute("value_floats") { return row(list.floats.map { Double($0) }, isInteger: false) }
        if let list = node.attribute("value_ints") { return row(list.ints.map { Double($0) }, isInteger: true) }
        throw unsupported("a constant of this kind is not computed with")
    }

    /// - Returns: the same number everywhere; a computed value where there is one for each example.
    fileprivate mutating func constantOfShape() throws -> [GraphValue] {
        let filling = try node.attribute("value").map { try GraphSource.tensor($0.t) } ?? HostTensor(scalar: 0)
        guard let number = filling.scalar else { throw malformed("Its 'value' is no single number.") }
        let shape = try constant(0).numbers
        return [
            try expanded(
                HostTensor(scalar: number, isInteger: filling.isInteger), to: shape, isInteger: filling.isInteger)
        ]
    }

    /// A constant repeated to a shape, one of whose axes may count the examples.
    mutating func expanded(_ tensor: HostTensor, to shape: [Number], isInteger: Bool) throws -> GraphValue {
        if let dimensions = HostTensor(shape, dimensions: [shape.count], isInteger: true).integers {
            let count = try Shape(dimensions).elementCount
            guard count <= GraphSource.maximumElements else {
                throw unsupported("a constant of shape \(dimensions) is too large")
            }
            guard let spread = tensor.broadcast(to: dimensions) else {
                throw malformed("A constant of shape \(tensor.dimensions) cannot be repeated to \(dimensions).")
            }
            return GraphValue(spread)
        }
        guard let example, let batch = shape.firstIndex(of: .batch(1)) else {
            throw unsupported("a constant's shape depends on an axis that the model leaves open")
        }
        let rest = shape.enumerated().filter { $0.offset != batch }.compactMap(\.element.integer)
        guard rest.count == shape.count - 1 else {
            throw unsupported("a constant's shape depends on an axis that the model leaves open")
        }
        var tensor = tensor
        let place = batch - (shape.count - tensor.dimensions.count)
        if place >= 0 { tensor = try withoutExamples(tensor, axis: place) }
        if tensor.numbers.count > 1 {
            guard let spread = tensor.broadcast(to: rest) else {
                throw malformed("A constant of shape \(tensor.dimensions) cannot be repeated to \(rest).")
            }
            tensor = spread
        } else {
            _ = try Shape(rest)
        }
        guard let reals = tensor.reals else { throw unsupported("a constant depends on the shape of an input") }
        try spend(reals.count)
        let id = try push(.constant(Constant(reals, extents: rest)), [example])
        return GraphValue(.computed(ComputedValue(id: id, batch: batch)), isInteger: isInteger)
    }

    fileprivate func shape() throws -> [GraphValue] {
        let dimensions = dimensions(try input(0))
        func bound(_ name: String, _ standard: Int) -> Int {
            let value = node.integer(name, default: standard)
            return min(max(value < 0 ? value + dimensions.count : value, 0), dimensions.count)
        }
        let (start, end) = (bound("start", 0), bound("end", dimensions.count))
        let numbers = start < end ? Array(dimensions[start..<end]) : []
        return [GraphValue(HostTensor(numbers, dimensions: [numbers.count], isInteger: true))]
    }

    fileprivate func size() throws -> [GraphValue] {
        var product = Number.real(1)
        for extent in dimensions(try input(0)) {
            switch (product, extent) {
            case (.real(let a), .real(let b)): product = .real(a * b)
            case (.batch(let a), .real(let b)), (.real(let b), .batch(let a)): product = .batch(a * b)
            default: product = .open
            }
        }
        return [GraphValue(HostTensor([product], dimensions: [], isInteger: true))]
    }

    fileprivate func range() throws -> [GraphValue] {
        guard let start = try constant(0).scalar, let limit = try constant(1).scalar,
            let delta = try constant(2).scalar, delta != 0
        else { throw unsupported("how far it counts depends on the shape of the network's input") }
        let count = max(((limit - start) / delta).rounded(.up), 0)
        guard count <= Double(GraphSource.maximumElements) else { throw unsupported("it counts too far") }
        let numbers = (0..<Int(count)).map { Number.real(start + Double($0) * delta) }
        return [GraphValue(HostTensor(numbers, dimensions: [numbers.count], isInteger: try input(0).isInteger))]
    }

    fileprivate func eye() throws -> [GraphValue] {
        let dimensions = try constant(0).dimensions
        guard dimensions.count == 2 else { throw malformed("It takes a matrix.") }
        let shift = node.integer("k", default: 0)
        let numbers = (0..<dimensions[0] * dimensions[1]).map { place in
            Number.real(place % dimensions[1] - place / dimensions[1] == shift ? 1 : 0)
        }
        return [GraphValue(HostTensor(numbers, dimensions: dimensions, isInteger: try input(0).isInteger))]
    }

    /// The elements above or below a diagonal of the last two axes, else 0.
    fileprivate mutating func triangle() throws -> [GraphValue] {
        let shift = has(1) ? try integers(1).first ?? 0 : 0
        let isUpper = node.flag("upper", default: true)
        func isKept(_ row: Int, _ column: Int) -> Bool { isUpper ? column - row >= shift : column - row <= shift }
        let value = try input(0)
        guard case .computed(var computed) = value.content else {
            var tensor = try constant(0)
            guard tensor.dimensions.count >= 2, let columns = tensor.dimensions.last, columns > 0 else {
                return [value]
            }
            let rows = tensor.dimensions[tensor.dimensions.count - 2]
            for place in tensor.numbers.indices where !isKept(place / columns % max(rows, 1), place % columns) {
                tensor.numbers[place] = .real(0)
            }
            return [GraphValue(tensor)]
        }
        let extents = extents(computed)
        guard extents.count >= 2, computed.batch < extents.count - 1, let rows = extents[extents.count - 2],
            let columns = extents[extents.count - 1]
        else { throw mixesExamples }
        let mask = (0..<rows).flatMap { row in (0..<columns).map { Number.real(isKept(row, $0) ? 1 : 0) } }
        let keeps = try materialised(
            HostTensor(mask, dimensions: [rows, columns], isInteger: true), with: computed.id)
        let zero = try materialised(HostTensor(scalar: 0), with: computed.id)
        computed.id = try push(.elementwise(Elementwise(.select)), [keeps, computed.id, zero])
        return [GraphValue(.computed(computed), isInteger: value.isInteger)]
    }
}
