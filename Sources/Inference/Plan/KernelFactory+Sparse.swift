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
    ///
    /// - Parameter isRepeated: whether nothing but a few activations comes between one product and the next.
    func matrix(
        _ kernel: ParameterReference, _ layout: SparseLayout, rows: Int, isRepeated: Bool = false
    ) throws -> WeightMatrix<T> {
        if let single = self as? KernelFactory<Float>, let work = try single.work(kernel, layout, rows: rows),
            choice.takesSparse(work, isRepeated: isRepeated)
        {
            return .sparse(try single.weights.sparse(kernel, layout, nonzeros: work.nonzeros))
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
        guard let (weights, epilogue) = try sparse() else { return nil }
        let geometry = geometry(primitive.window, primitive.channels)
        if planes.source || planes.target {
            return PlaneConvolutionKernel(
                geometry, weights: weights, epilogue: epilogue, source: planes.source ? PlaneLayout(input) : nil,
                target: planes.target ? PlaneLayout(output) : nil)
        }
        if let grid = LaneGrid(geometry, nonzeros: weights.nonzeros, outputs: weights.outputs) {
            return LaneConvolutionKernel(geometry, grid, weights: weights, epilogue: epilogue)
        }
        return SparseConvolutionKernel(geometry, weights: weights, epilogue: epilogue)
    }

    /// Whether the step has a kernel that reads and writes planes.
    func takesPlanes() throws -> Bool {
        guard case .convolution(let primitive) = step.primitive, primitive.channels == .last, padding == nil,
            PlaneConvolutionKernel.suits(geometry(primitive.window, primitive.channels)), let work = try work()
        else { return false }
        return choice.takesSparse(work)
    }

    /// Nil where the dense kernel is to be used.
    func sparseContraction(_ primitive: Contraction) throws -> (any Kernel<Float>)? {
        guard let (weights, epilogue) = try sparse() else { return nil }
        return SparseMatrixKernel(weights, rows: input.count / max(weights.depth, 1), epilogue: epilogue)
    }

    /// The product that the step's kernel has a part in, where that can be sparse.
    private var product: (layout: SparseLayout, rows: Int, gathered: Int)? {
        switch step.primitive {
        case .convolution(let primitive):
            let geometry = geometry(primitive.window, primitive.channels)
            let rows = geometry.examples * geometry.outputPositions
            let layout = SparseLayout(
                outputs: primitive.filters, taps: geometry.taps, channels: geometry.channels, groups: primitive.groups,
                isBlocked: rows > 16)
            let isGathered = !(geometry.isPointwise && primitive.groups == 1)
            return (layout, rows, isGathered ? rows * layout.depth : 0)
        case .contraction(let primitive) where primitive.isMatrixProduct:
            let rows = input.count / max(primitive.kernelExtents[0], 1)
            let layout = SparseLayout(
                outputs: primitive.kernelExtents[1], channels: primitive.kernelExtents[0], isBlocked: rows > 16)
            return (layout, rows, 0)
        default: return nil
        }
    }

    /// What the step's weights have to do; nil where there are no sparse kernels for it, or where nobody asks for one.
    func work() throws -> KernelChoice.Work? {
        guard let (layout, rows, gathered) = product else { return nil }
        guard var work = try work(step.parameters[0], layout, rows: rows, gathered: gathered) else { return nil }
        if case .convolution(let primitive) = step.primitive {
            let geometry = geometry(primitive.window, primitive.channels)
            work.laid = LaneGrid(geometry, nonzeros: work.nonzeros, outputs: layout.outputs)?.laid(geometry)
        }
        return work
    }

    /// The step's kernel as a sparse matrix and what follows its product; nil where it is better dense.
    private func sparse() throws -> (weights: SparseWeights, epilogue: Epilogue<Float>?)? {
        let (kernel, bias) = (step.parameters[0], step.parameters.dropFirst().first)
        guard let (layout, _, _) = product, let work = try work(), choice.takesSparse(work) else { return nil }
        let nonzeros = work.nonzeros
        let function = try fusedFunction()
        let addsInput = tail?.addend != nil
        if let affine = try fusedAffine() {
            let folded = try weights.sparseFolded(
                step: index, kernel: kernel, bias: bias, affine: affine, layout: layout, nonzeros: nonzeros)
            return (
                folded.kernel,
                Epilogue(width: layout.outputs, bias: folded.bias, function: function, addsInput: addsInput)
            )
        }
        return (
            try weights.sparse(kernel, layout, nonzeros: nonzeros),
            Epilogue(
                width: layout.outputs, bias: try bias.map { try weights.storage($0) }, function: function,
                addsInput: addsInput)
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

    func work(
        _ kernel: ParameterReference, _ layout: SparseLayout, rows: Int, gathered: Int = 0
    ) throws -> KernelChoice.Work? {
        if case .dense = choice.policy { return nil }
        let count = try weights.shape(kernel).elementCount
        guard count <= SparseElements.maximumElementCount, count > 0 else { return nil }
        return KernelChoice.Work(
            rows: rows, depth: layout.depth, outputs: layout.outputs, weights: count,
            nonzeros: try weights.nonzeros(kernel), gathered: gathered)
    }
}
