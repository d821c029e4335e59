/// A matrix product in one tile for each thread.
enum Product {
    /// Tiles begin at multiples of this, which are multiples of what the library's inner loops take at once, so that
    /// each element comes out the same however many tiles there are.
    private static let granule = 64

    /// C ← A · B; see `Scalar.product`. `finish` is called with the rows and columns of each tile once it is complete.
    static func run<T: Scalar>(
        rows: Int, columns: Int, depth: Int, _ a: UnsafePointer<T>, aStride: Int, _ b: UnsafePointer<T>, bStride: Int,
        bIsTransposed: Bool = false, _ c: UnsafeMutablePointer<T>, cStride: Int, workers: Workers,
        finish: @Sendable (Range<Int>, Range<Int>) -> Void = { _, _ in }
    ) {
        let (a, b, c) = (Shared(a), Shared(b), Shared(c))
        // A tile of rows makes the library read all of B, a tile of columns all of A.
        if rows > columns {
            workers.ranges(rows, work: 2 * rows * columns * depth, granule: granule) { range in
                T.product(
                    rows: range.count, columns: columns, depth: depth, a.pointer + range.lowerBound * aStride,
                    aStride: aStride, b.pointer, bStride: bStride, bIsTransposed: bIsTransposed,
                    c.pointer + range.lowerBound * cStride, cStride: cStride, adds: false)
                finish(range, 0..<columns)
            }
        } else {
            workers.ranges(columns, work: 2 * rows * columns * depth, granule: granule) { range in
                T.product(
                    rows: rows, columns: range.count, depth: depth, a.pointer, aStride: aStride,
                    b.pointer + range.lowerBound * (bIsTransposed ? bStride : 1), bStride: bStride,
                    bIsTransposed: bIsTransposed, c.pointer + range.lowerBound, cStride: cStride, adds: false)
                finish(0..<rows, range)
            }
        }
    }
}
