internal import Networks
internal import Tensors

/// What is not zero in parameters.
extension Weights {
    /// How many elements of a parameter are not zero. Where the source does not know, they are read.
    func nonzeros(_ reference: ParameterReference) throws -> Int {
        if let known = nonzeroCounts[reference] { return known }
        if derived[reference] == nil { try source.check(reference, count: shape(reference).elementCount) }
        let count: Int
        if derived[reference] == nil, let known = try source.nonzeros(reference) {
            count = known
        } else if let elements = try decoded(reference) {
            count = elements.count
        } else {
            count = try glance(reference).countNonzeros()
        }
        nonzeroCounts[reference] = count
        return count
    }

    /// The non-zeros of a parameter from a source that knows them, kept until a kernel wants them; else nil.
    func decoded(_ reference: ParameterReference) throws -> SparseElements? {
        if let known = decoded[reference] { return known }
        guard try shape(reference).elementCount <= SparseElements.maximumElementCount else { return nil }
        let elements: SparseElements
        switch derived[reference] {
        case .values: return nil
        case .cut(let cut):
            guard let whole = try decoded(cut.base) else { return nil }
            decoded[cut.base] = nil
            elements = cut.applied(to: whole)
        case nil:
            guard let count = try source.nonzeros(reference) else { return nil }
            elements = SparseElements(count: count)
            try source.readNonzeros(
                reference, positions: elements.positions, values: elements.values, threads: threads)
        }
        decoded[reference] = elements
        return elements
    }

    func forEachNonzero(_ reference: ParameterReference, _ body: (Int, T) -> Void) throws {
        if let elements = try decoded(reference) {
            for (position, value) in zip(elements.positions, elements.values) { body(Int(position), T(value)) }
        } else {
            Self.forEachNonzero(try glance(reference), body)
        }
    }

    @specialized(where T == Float)
    @specialized(where T == Double)
    private static func forEachNonzero(_ storage: Storage<T>, _ body: (Int, T) -> Void) {
        for index in 0..<storage.count where storage.base[index] != 0 { body(index, storage.base[index]) }
    }

    /// Whether so much of a step's kernel is zero that a channel may be without weights.
    func isHollow(_ step: Step) throws -> Bool {
        guard let kernel = try ChannelKernel(step, shape) else { return false }
        return kernel.count - (try nonzeros(step.parameters[0])) >= kernel.taps * min(kernel.inputs, kernel.outputs)
    }

    func pattern(_ reference: ParameterReference, _ kernel: ChannelKernel) throws -> WeightPattern {
        var pattern = WeightPattern(kernel)
        try forEachNonzero(reference) { position, value in
            let (input, output) = kernel.ends(of: position)
            pattern.add(input, to: output, isFinite: value.isFinite)
        }
        return pattern
    }

    /// What inputs that are the same everywhere add to each output.
    func sums(_ reference: ParameterReference, _ kernel: ChannelKernel, of inputs: [Double]) throws -> [Double] {
        var sums = [Double](repeating: 0, count: kernel.outputs)
        try forEachNonzero(reference) { position, value in
            let (input, output) = kernel.ends(of: position)
            if inputs[input] != 0 { sums[output] += inputs[input] * Double(value) }
        }
        return sums
    }
}
