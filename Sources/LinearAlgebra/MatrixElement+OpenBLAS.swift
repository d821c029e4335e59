internal import COpenBLAS

/// The library's own threads would fight with ours over the processors, so it gets one.
private let isReady: Bool = {
    openblas_set_num_threads(1)
    return true
}()

extension MatrixProduct {
    /// Leaves C as zeros where nothing is summed, which the library does not do.
    fileprivate func isEmpty<T: MatrixElement>(_ c: UnsafeMutablePointer<T>) -> Bool {
        guard rows > 0, columns > 0 else { return true }
        guard depth == 0 else { return false }
        if !adds { for row in 0..<rows { (c + row * cStride).update(repeating: 0, count: columns) } }
        return true
    }
}

extension Float: MatrixElement {
    public static func multiply(
        _ p: MatrixProduct, _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafeMutablePointer<Float>
    ) {
        precondition(isReady)
        guard !p.isEmpty(c) else { return }
        let beta: Float = p.adds ? 1 : 0
        if p.rows == 1, !p.aIsTransposed {
            // A product with one row reads B once, which the vector routine does at the speed of memory.
            let (m, n) = p.bIsTransposed ? (p.columns, p.depth) : (p.depth, p.columns)
            cblas_sgemv(
                CblasRowMajor, p.bIsTransposed ? CblasNoTrans : CblasTrans, Int32(m), Int32(n), 1, b, Int32(p.bStride),
                a, 1, beta, c, 1)
            return
        }
        cblas_sgemm(
            CblasRowMajor, p.aIsTransposed ? CblasTrans : CblasNoTrans, p.bIsTransposed ? CblasTrans : CblasNoTrans,
            Int32(p.rows), Int32(p.columns), Int32(p.depth), 1, a, Int32(p.aStride), b, Int32(p.bStride), beta, c,
            Int32(p.cStride))
    }
}

extension Double: MatrixElement {
    public static func multiply(
        _ p: MatrixProduct, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>
    ) {
        precondition(isReady)
        guard !p.isEmpty(c) else { return }
        cblas_dgemm(
            CblasRowMajor, p.aIsTransposed ? CblasTrans : CblasNoTrans, p.bIsTransposed ? CblasTrans : CblasNoTrans,
            Int32(p.rows), Int32(p.columns), Int32(p.depth), 1, a, Int32(p.aStride), b, Int32(p.bStride),
            p.adds ? 1 : 0, c, Int32(p.cStride))
    }
}

enum OpenBLAS {
    static func ready() { precondition(isReady) }
}
