internal import ModelIO
internal import Networks
internal import Tensors

/// Reshaping where one axis counts the examples and is none of the program's.
extension GraphLowering {
    /// The same elements under other extents: one at most is −1 and follows from the others.
    mutating func reshaped(_ value: GraphValue, to target: [Number]) throws -> GraphValue {
        if case .computed(let computed) = value.content {
            return GraphValue(.computed(try reshaped(computed, to: target)), isInteger: value.isInteger)
        }
        let old = dimensions(value).compactMap(\.integer)
        let count = try Shape(old).elementCount
        guard let wanted = HostTensor(target, dimensions: [target.count], isInteger: true).integers else {
            throw unsupported("a constant is reshaped to the shape of the network's input")
        }
        let known = try Shape(wanted.filter { $0 >= 0 }).elementCount
        let resolved = wanted.map { $0 == -1 && known > 0 ? count / known : $0 }
        guard try Shape(resolved).elementCount == count else {
            throw malformed("A constant of shape \(old) cannot be reshaped to \(wanted).")
        }
        if case .parameter(var parameter) = value.content,
            parameter.view.isWhole(source.reader.tensors[parameter.tensor].elementCount)
        {
            parameter.view = TensorView(try Shape(resolved))
            return GraphValue(.parameter(parameter), isInteger: value.isInteger)
        }
        var tensor = try elements(value)
        tensor.dimensions = resolved
        return GraphValue(tensor)
    }

    /// The elements of a value that the graph tells.
    func elements(_ value: GraphValue) throws -> HostTensor {
        switch value.content {
        case .constant(let tensor): tensor
        case .parameter(let parameter): try source.elements(parameter)
        case .computed, .unknown: throw unsupported("a value is computed from the network's input")
        }
    }

    private mutating func reshaped(_ given: ComputedValue, to target: [Number]) throws -> ComputedValue {
        let value = try unfolded(given)
        if let place = try examplesAxis(value, target) {
            let rest = target.enumerated().filter { $0.offset != place }.map { axis in
                axis.element.integer.flatMap { $0 < 0 ? nil : $0 }
            }
            return ComputedValue(id: try reshape(value.id, rest), batch: place)
        }
        for place in target.indices {
            guard let value = try split(value, target, place),
                let (outer, inner) = try merging(value, target, place)
            else { continue }
            return try folded(value, outer, inner, target, place)
        }
        throw mixesExamples
    }

    /// A value an axis of which is split in two, where a part of it is to be one with the examples' axis.
    private mutating func split(_ value: ComputedValue, _ target: [Number], _ place: Int) throws -> ComputedValue? {
        let before = target[..<place].map(\.integer)
        let after = target[(place + 1)...].map(\.integer)
        guard let head = Self.product(before), let tail = Self.product(after), head > 0, tail > 0 else { return nil }
        var extents = extents(value)
        var result = value
        // From the front as many elements as lie before the axis, and from the back as many as lie behind it.
        if let (axis, outer) = Self.boundary(extents[..<value.batch].map(\.self), head) {
            extents.replaceSubrange(axis...axis, with: [outer, extents[axis]! / outer])
            result.batch += 1
        }
        let rest = Array(extents[result.batch...].reversed())
        if let (axis, inner) = Self.boundary(rest, tail) {
            let position = extents.count - 1 - axis
            extents.replaceSubrange(position...position, with: [extents[position]! / inner, inner])
        }
        result.id = try reshape(value.id, extents)
        return result
    }

    /// The axis within which a product of the first extents comes to be `wanted`, and the part of it that belongs to
    /// that; nil where the product ends with an axis, or never comes to that.
    private static func boundary(_ extents: [Int?], _ wanted: Int) -> (axis: Int, part: Int)? {
        var product = 1
        for (axis, extent) in extents.enumerated() {
            guard let extent, extent > 0, product < wanted else { return nil }
            let part = wanted / product
            if part < extent { return wanted % product == 0 && extent % part == 0 ? (axis, part) : nil }
            product *= extent
        }
        return nil
    }

    /// The neighbours of the examples' axis that one axis of a new shape takes in with it; nil where that is another.
    private func merging(
        _ value: ComputedValue, _ target: [Number], _ place: Int
    ) throws -> (outer: Range<Int>, inner: Range<Int>)? {
        let extents = extents(value)
        let before = target[..<place].map(\.integer)
        let after = target[(place + 1)...].map(\.integer)
        guard (before + after).allSatisfy({ $0.map { $0 > 0 } ?? false }),
            let head = Self.product(before), let tail = Self.product(after)
        else { return nil }
        let starts = (0...value.batch).reversed().filter { Self.product(extents[..<$0]) == head }
        let ends = (value.batch...extents.count).filter { Self.product(extents[$0...]) == tail }
        guard let start = starts.first, let end = ends.first else { return nil }
        let count = Self.product(extents[start..<end])
        switch target[place] {
        case .open: break
        case .batch(let factor): guard count.map(Double.init) == factor else { return nil }
        case .real(-1): break
        case .real(let extent):
            guard let count, let batchExtent, Double(count) * Double(batchExtent) == extent else { return nil }
        }
        return (start..<value.batch, value.batch..<end)
    }

    private mutating func folded(
        _ value: ComputedValue, _ outer: Range<Int>, _ inner: Range<Int>, _ target: [Number], _ place: Int
    ) throws -> ComputedValue {
        let extents = extents(value)
        let merged = Array(outer) + Array(inner)
        let order = merged + extents.indices.filter { !merged.contains($0) }
        var result = ComputedValue(
            id: value.id, batch: place,
            folded: .init(outer: outer.map { extents[$0] }, inner: inner.map { extents[$0] }))
        if order != Array(extents.indices) { result.id = try push(.transpose(Transpose(order)), [result.id]) }
        for _ in merged { result.id = try push(.batching(Batching(.fold)), [result.id]) }
        result.id = try reshape(result.id, target.indices.filter { $0 != place }.map { target[$0].integer })
        return result
    }

    /// A value with the axes back that were merged with the examples'.
    private mutating func unfolded(_ value: ComputedValue) throws -> ComputedValue {
        guard !value.folded.isEmpty else { return value }
        var result = value
        for extent in value.folded.all.reversed() {
            result.id = try push(.batching(Batching(.unfold(extent))), [result.id])
        }
        // They stand first, and belong where the examples are.
        let count = value.folded.all.count
        if value.batch > 0 {
            let order =
                Array(count..<count + value.batch) + Array(0..<count)
                + Array(count + value.batch..<extents(result).count)
            result.id = try push(.transpose(Transpose(order)), [result.id])
        }
        result.batch += value.folded.outer.count
        result.folded = .init()
        return result
    }

    private static func product(_ extents: some Sequence<Int?>) -> Int? {
        extents.reduce(Int?(1)) { product, extent in
            guard let product, let extent else { return nil }
            let (result, overflow) = product.multipliedReportingOverflow(by: extent)
            return overflow ? nil : result
        }
    }

    /// Which axis of a new shape counts the examples: as many elements lie before it as before the axis that does now.
    private func examplesAxis(_ value: ComputedValue, _ target: [Number]) throws -> Int? {
        let extents = extents(value)
        guard let before = Self.product(extents[..<value.batch]) else { return nil }
        let whole = Self.product(extents)
        func fits(_ place: Int) -> Bool {
            guard Self.product(target[..<place].map { $0.integer.flatMap { $0 < 0 ? nil : $0 } }) == before else {
                return false
            }
            let rest = target.enumerated().filter { $0.offset != place }.map(\.element)
            if rest.contains(where: { $0.integer == nil || $0.integer == -1 }) {
                // One extent of the rest follows from the others, or is left open.
                return target[place] != .real(-1)
            }
            return Self.product(rest.map(\.integer)) == whole
        }
        let marked = target.indices.first { target[$0] == .batch(1) && fits($0) }
        return marked
            ?? target.indices.first {
                (target[$0] == .real(-1) || (batchExtent != nil && target[$0].integer == batchExtent)) && fits($0)
            }
    }
}
