internal import Networks
internal import Tensors

/// Kernels as sparse matrices, each made once.
extension Weights<Float> {
    /// How many elements of a parameter are not zero. Where the source does not know, they are read.
    func nonzeros(_ reference: ParameterReference) throws -> Int {
        if let known = nonzeroCounts[reference] { return known }
        try source.check(reference, count: shape(reference).elementCount)
        let count = try source.nonzeros(reference) ?? SparseElements.count(try glance(reference))
        nonzeroCounts[reference] = count
        return count
    }

    func sparse(_ reference: ParameterReference, _ layout: SparseLayout, nonzeros: Int) throws -> SparseWeights {
        let key = SparseKey(reference: reference, layout: layout)
        if let known = sparse[key] { return known }
        let weights = try freshSparse(reference, layout, nonzeros: nonzeros)
        sparse[key] = weights
        return weights
    }

    /// Kernel and bias of a step, times a scale and plus a shift for each output.
    func sparseFolded(
        step: Int, kernel: ParameterReference, bias: ParameterReference?, affine: (scale: [Double], shift: [Double]),
        layout: SparseLayout, nonzeros: Int
    ) throws -> SparseFolded {
        if let known = sparseFolded[step] { return known }
        let weights = try freshSparse(kernel, layout, nonzeros: nonzeros)
        let (scale, sums) = try foldedBias(bias, affine, channels: layout.outputs)
        weights.multiply(by: scale.map { Float($0) })
        let result = SparseFolded(kernel: weights, bias: sums)
        sparseFolded[step] = result
        return result
    }

    private func freshSparse(
        _ reference: ParameterReference, _ layout: SparseLayout, nonzeros: Int
    ) throws -> SparseWeights {
        SparseWeights(try elements(reference, nonzeros: nonzeros), layout, threads: threads)
    }

    func sparseTable(_ reference: ParameterReference, dimension: Int, nonzeros: Int) throws -> SparseWeights {
        let key = SparseKey(reference: reference, layout: nil)
        if let known = sparse[key] { return known }
        let weights = SparseWeights(
            table: try elements(reference, nonzeros: nonzeros), rows: try shape(reference).elementCount / dimension,
            depth: dimension)
        sparse[key] = weights
        return weights
    }

    private func elements(_ reference: ParameterReference, nonzeros: Int) throws -> SparseElements {
        let elements: SparseElements
        if try source.nonzeros(reference) != nil {
            elements = SparseElements(count: nonzeros)
            try source.readNonzeros(
                reference, positions: elements.positions, values: elements.values, threads: threads)
        } else {
            elements = SparseElements(try fresh(reference), count: nonzeros)
        }
        return elements
    }
}
