/// A matrix of weights as a kernel has it.
enum WeightMatrix<T: Scalar>: Sendable {
    case dense(Storage<T>)
    case sparse(SparseWeights)
}

/// A product with weights that a kernel does many times, dense or sparse.
struct WeightProduct<T: Scalar>: Sendable {
    let scratchCount: Int
    let isSparse: Bool
    /// Whether the product is added to what is there.
    let adds: Bool
    private let body:
        @Sendable (
            _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, _ scratch: UnsafeMutablePointer<T>, Workers
        ) -> Void

    /// - Parameters:
    ///   - product: as it is where the weights are dense.
    ///   - adds: whether a dense product is added to what is there, in rows `cStride` apart; a sparse one never is.
    init(_ matrix: WeightMatrix<T>, _ product: Product<T>, adds: Bool = false, cStride: Int? = nil) {
        switch matrix {
        case .dense(let storage):
            var product = product
            product.adds = adds
            if adds, let cStride { product.cStride = cStride }
            let dense = product
            body = { source, target, _, workers in dense.run(source, UnsafePointer(storage.base), target, workers) }
            scratchCount = 0
            isSparse = false
            self.adds = adds
        case .sparse(let weights):
            let sparse = SparseProduct(
                weights, rows: product.rows, cStride: product.cStride, epilogue: product.epilogue as! Epilogue<Float>?)
            body = { source, target, scratch, workers in
                sparse.run(
                    UnsafeRawPointer(source).assumingMemoryBound(to: Float.self),
                    UnsafeMutableRawPointer(target).assumingMemoryBound(to: Float.self),
                    scratch: UnsafeMutableRawPointer(scratch).assumingMemoryBound(to: Float.self), workers)
            }
            scratchCount = sparse.scratchCount
            isSparse = true
            self.adds = false
        }
    }

    func run(
        _ source: UnsafePointer<T>, _ target: UnsafeMutablePointer<T>, scratch: UnsafeMutablePointer<T>,
        _ workers: Workers
    ) { body(source, target, scratch, workers) }
}
