internal import COpenBLAS

/// A symmetric tridiagonal matrix, as the Lanczos iteration makes one.
public struct TridiagonalMatrix: Sendable {
    public var diagonal: [Double]
    /// One fewer.
    public var offDiagonal: [Double]

    public init(diagonal: [Double], offDiagonal: [Double]) {
        precondition(offDiagonal.count == max(diagonal.count - 1, 0), "one fewer beside the diagonal")
        self.diagonal = diagonal
        self.offDiagonal = offDiagonal
    }

    /// Eigenvalues, ascending, and of each eigenvector (of length 1) its last element, by which the error of a Ritz value
    /// is bounded; nil where the iteration of LAPACK did not converge.
    public func eigenvalues() -> (values: [Double], lastElements: [Double])? {
        let count = diagonal.count
        guard count > 0 else { return ([], []) }
        var (values, rest) = (diagonal, offDiagonal + [0])
        var vectors = [Double](repeating: 0, count: count * count)
        var work = [Double](repeating: 0, count: max(2 * count - 2, 1))
        var (size, info) = (Int32(count), Int32(0))
        dstev_("V", &size, &values, &rest, &vectors, &size, &work, &info)
        guard info == 0 else { return nil }
        return (values, (0..<count).map { vectors[$0 * count + count - 1] })
    }
}
