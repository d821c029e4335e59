/// A product with a sparse matrix of weights, along the last axis.
struct SparseMatrixKernel: Kernel {
    typealias T = Float

    var isSparse: Bool { true }

    private let product: SparseProduct

    init(_ weights: SparseWeights, rows: Int, epilogue: Epilogue<Float>?) {
        product = SparseProduct(weights, rows: rows, epilogue: epilogue)
    }

    var scratchCount: Int { product.scratchCount }

    func run(_ operands: Operands<Float>) {
        product.bound(to: operands).run(
            operands.inputs[0], operands.outputs[0], scratch: operands.scratch, operands.workers)
    }
}
