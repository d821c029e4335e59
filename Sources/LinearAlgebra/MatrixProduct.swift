/// C ← A · B, or C ← C + A · B with `adds`, with row-major operands: A is (rows, depth), B (depth, columns), C (rows,
/// columns). A transposed operand lies in memory as its transpose. Strides are the distances between rows as they lie.
@frozen
public struct MatrixProduct: Sendable, Hashable {
    public var rows: Int
    public var columns: Int
    public var depth: Int
    public var aStride: Int
    public var aIsTransposed: Bool
    public var bStride: Int
    public var bIsTransposed: Bool
    public var cStride: Int
    public var adds: Bool

    /// - Parameters:
    ///   - aStride, bStride, cStride: nil: the rows lie without gaps.
    @inlinable
    public init(
        rows: Int, columns: Int, depth: Int, aStride: Int? = nil, aIsTransposed: Bool = false, bStride: Int? = nil,
        bIsTransposed: Bool = false, cStride: Int? = nil, adds: Bool = false
    ) {
        self.rows = rows
        self.columns = columns
        self.depth = depth
        self.aStride = max(aStride ?? (aIsTransposed ? rows : depth), 1)
        self.aIsTransposed = aIsTransposed
        self.bStride = max(bStride ?? (bIsTransposed ? depth : columns), 1)
        self.bIsTransposed = bIsTransposed
        self.cStride = max(cStride ?? columns, 1)
        self.adds = adds
    }
}

/// A type whose matrix products OpenBLAS computes. A product runs on the calling thread alone.
public protocol MatrixElement: BinaryFloatingPoint, Sendable {
    static func multiply(
        _ product: MatrixProduct, _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>)
}
