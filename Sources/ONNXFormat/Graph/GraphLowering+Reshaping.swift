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
        let extents = extents(value)
        if let place = try examplesAxis(value, target) {
            let rest = target.enumerated().filter { $0.offset != place }.map { $0.element.integer.flatMap { $0 < 0 ? nil : $0 } }
            return ComputedValue(id: try reshape(value.id, rest), batch: place)
        }
        // The first axis may take in axes that follow the examples.
        let rest = target.dropFirst().compactMap(\.integer)
        guard value.batch == 0, target.count > 1, rest.count == target.count - 1, rest.allSatisfy({ $0 > 0 }) else {
            throw mixesExamples
        }
        let wanted = try Shape(rest).elementCount
        var kept = extents.count
        var product = 1
        while product < wanted, kept > 0, let extent = extents[kept - 1] {
            kept -= 1
            product = try Checked.multiply(product, extent, "number of elements")
        }
        while kept > 0, extents[kept - 1] == 1, product == wanted, extents.count - kept < rest.count { kept -= 1 }
        guard product == wanted else { throw mixesExamples }
        var result = ComputedValue(id: value.id, batch: 0, folded: Array(extents[..<kept]))
        for _ in 0..<kept { result.id = try push(.batching(Batching(.fold)), [result.id]) }
        result.id = try reshape(result.id, rest)
        return result
    }

    /// A value with the axes back that its first one took in.
    private mutating func unfolded(_ value: ComputedValue) throws -> ComputedValue {
        var result = value
        for extent in value.folded.reversed() {
            result.id = try push(.batching(Batching(.unfold(extent))), [result.id])
        }
        result.folded = []
        return result
    }

    /// Which axis of a new shape counts the examples: as many elements lie before it as before the axis that does now.
    private func examplesAxis(_ value: ComputedValue, _ target: [Number]) throws -> Int? {
        let extents = extents(value)
        func product(_ extents: some Sequence<Int?>) -> Int? {
            extents.reduce(Int?(1)) { product, extent in
                guard let product, let extent else { return nil }
                let (result, overflow) = product.multipliedReportingOverflow(by: extent)
                return overflow ? nil : result
            }
        }
        guard let before = product(extents[..<value.batch]) else { return nil }
        let whole = product(extents)
        func fits(_ place: Int) -> Bool {
            guard product(target[..<place].map { $0.integer.flatMap { $0 < 0 ? nil : $0 } }) == before else {
                return false
            }
            let rest = target.enumerated().filter { $0.offset != place }.map(\.element)
            if rest.contains(where: { $0.integer == nil || $0.integer == -1 }) {
                // One extent of the rest follows from the others, or is left open.
                return target[place] != .real(-1)
            }
            return product(rest.map(\.integer)) == whole
        }
        let marked = target.indices.first { target[$0] == .batch(1) && fits($0) }
        return marked
            ?? target.indices.first {
                (target[$0] == .real(-1) || (batchExtent != nil && target[$0].integer == batchExtent)) && fits($0)
            }
    }
}
