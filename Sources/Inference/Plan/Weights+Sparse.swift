internal import Networks
internal import Tensors

/// Kernels as sparse matrices, each made once.
extension Weights<Float> {
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
        let key = SparseFoldedKey(step: step, layout: layout)
        if let known = sparseFolded[key] { return known }
        let weights = try freshSparse(kernel, layout, nonzeros: nonzeros)
        let (scale, sums) = try foldedBias(bias, affine, channels: layout.outputs)
        weights.multiply(by: scale.map { Float($0) })
        let result = SparseFolded(kernel: weights, bias: sums)
        sparseFolded[key] = result
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
        defer { decoded[reference] = nil }
        return try decoded(reference) ?? SparseElements(fresh(reference), count: nonzeros)
    }
}
