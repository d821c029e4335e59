internal import Networks
internal import Tensors

/// Steps whose weights are sparse. Double precision has dense kernels alone.
extension KernelFactory {
    /// What `make` makes where this factory is one of single precision.
    func inSingle(_ make: (KernelFactory<Float>) throws -> (any Kernel<Float>)?) throws -> (any Kernel<T>)? {
        guard let single = self as? KernelFactory<Float>, let kernel = try make(single) else { return nil }
        return (kernel as! any Kernel<T>)
    }

    /// A kernel of weights for products with `rows` rows.
    func matrix(_ kernel: ParameterReference, _ layout: SparseLayout, rows: Int) throws -> WeightMatrix<T> {
        if let single = self as? KernelFactory<Float>,
            let nonzeros = try single.worthwhile(kernel, layout, rows: rows)
        {
            return .sparse(try single.weights.sparse(kernel, layout, nonzeros: nonzeros))
        }
        return .dense(try weights.storage(kernel))
    }

    /// A table of rows that are looked up.
    func table(_ table: ParameterReference, dimension: Int) throws -> WeightMatrix<T> {
        if let single = self as? KernelFactory<Float>, let nonzeros = try single.worthwhile(table: table) {
            return .sparse(try single.weights.sparseTable(table, dimension: dimension, nonzeros: nonzeros))
        }
        return .dense(try weights.storage(table))
    }
}

extension KernelFactory<Float> {
    /// Nil where the dense kernel is to be used.
    func sparseConvolution(_ primitive: Convolution) throws -> (any Kernel<Float>)? {
        let geometry = geometry(primitive.window, primitive.channels)
        let rows = geometry.examples * geometry.outputPositions
        let matrix = SparseLayout(
            outputs: primitive.filters, taps: geometry.taps, channels: geometry.channels, groups: primitive.groups)
        let isGathered = !(geometry.isPointwise && primitive.groups == 1)
        guard
            let (weights, epilogue) = try sparse(
                matrix, rows: rows, gathered: isGathered ? rows * matrix.depth : 0)
        else { return nil }
        return SparseConvolutionKernel(geometry, weights: weights, epilogue: epilogue)
    }

    /// Nil where the dense kernel is to be used.
    func sparseContraction(_ primitive: Contraction) throws -> (any Kernel<Float>)? {
        guard primitive.isMatrixProduct else { return nil }
        let (depth, outputs) = (primitive.kernelExtents[0], primitive.kernelExtents[1])
        let rows = input.count / max(depth, 1)
        guard let (weights, epilogue) = try sparse(SparseLayout(outputs: outputs, channels: depth), rows: rows) else {
            return nil
        }
        return SparseMatrixKernel(weights, rows: rows, epilogue: epilogue)
    }

    /// The step's kernel as a sparse matrix and what follows its product; nil where it is better dense.
    private func sparse(
        _ layout: SparseLayout, rows: Int, gathered: Int = 0
    ) throws -> (weights: SparseWeights, epilogue: Epilogue<Float>?)? {
        let (kernel, bias) = (step.parameters[0], step.parameters.dropFirst().first)
        guard let nonzeros = try worthwhile(kernel, layout, rows: rows, gathered: gathered) else { return nil }
        let function = try fusedFunction()
        if let affine = try fusedAffine() {
            let folded = try weights.sparseFolded(
                step: index, kernel: kernel, bias: bias, affine: affine, layout: layout, nonzeros: nonzeros)
            return (folded.kernel, Epilogue(width: layout.outputs, bias: folded.bias, function: function))
        }
        return (
            try weights.sparse(kernel, layout, nonzeros: nonzeros),
            Epilogue(width: layout.outputs, bias: try bias.map { try weights.storage($0) }, function: function)
        )
    }

    /// The number of non-zeros of a table, where it takes less memory without the zeros.
    func worthwhile(table: ParameterReference) throws -> Int? {
        if case .dense = choice.policy { return nil }
        let count = try weights.shape(table).elementCount
        guard count <= SparseElements.maximumElementCount, count > 0 else { return nil }
        let nonzeros = try weights.nonzeros(table)
        if case .sparse = choice.policy { return nonzeros }
        return nonzeros * 2 < count ? nonzeros : nil
    }

    /// The number of non-zeros of a kernel, where a sparse product should take less time.
    func worthwhile(
        _ kernel: ParameterReference, _ layout: SparseLayout, rows: Int, gathered: Int = 0
    ) throws -> Int? {
        if case .dense = choice.policy { return nil }
        let count = try weights.shape(kernel).elementCount
        guard count <= SparseElements.maximumElementCount, count > 0 else { return nil }
        let nonzeros = try weights.nonzeros(kernel)
        let work = KernelChoice.Work(
            rows: rows, depth: layout.depth, outputs: layout.outputs, weights: count, nonzeros: nonzeros,
            gathered: gathered)
        return choice.takesSparse(work) ? nonzeros : nil
    }
}
