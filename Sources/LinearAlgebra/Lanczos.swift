internal import Tensors

/// The extreme eigenvalues of a symmetric matrix that is known by its products alone (Lanczos 1950), with full
/// reorthogonalisation.
public struct Lanczos: Sendable {
    public var iterations: Int

    public struct Extremes: Sendable, Hashable {
        public var smallest: Double
        public var largest: Double
        /// No eigenvalue of the matrix is farther from these than this: |A v − λ v| of the Ritz pair.
        public var smallestError: Double
        public var largestError: Double
        public var iterations: Int
    }

    public init(iterations: Int) { self.iterations = iterations }

    /// - Parameters:
    ///   - start: a vector at random, not zero.
    ///   - product: the matrix times a vector.
    /// - Throws: `numerical` where products are not finite; what `product` throws.
    public func extremes(start: [Double], product: ([Double]) throws -> [Double]) throws -> Extremes {
        var basis: [[Double]] = []
        var (diagonal, offDiagonal): ([Double], [Double]) = ([], [])
        let length = Self.norm(start)
        var next = start.map { $0 / length }
        var coupling = 0.0
        for _ in 0..<min(iterations, start.count) {
            var image = try product(next)
            let value = Self.dot(next, image)
            guard value.isFinite else {
                throw SparsifyError(.numerical, "A product with the Hessian is not finite.")
            }
            basis.append(next)
            diagonal.append(value)
            // Twice: rounding loses orthogonality, and with it the truth about multiplicities.
            for _ in 0..<2 {
                for vector in basis {
                    let share = Self.dot(vector, image)
                    for index in image.indices { image[index] -= share * vector[index] }
                }
            }
            coupling = Self.norm(image)
            let scale = diagonal.map(abs).max() ?? 0
            if coupling <= 1e-12 * max(scale, .leastNormalMagnitude) || basis.count == min(iterations, start.count) {
                break
            }
            offDiagonal.append(coupling)
            next = image.map { $0 / coupling }
        }
        let matrix = TridiagonalMatrix(diagonal: diagonal, offDiagonal: offDiagonal)
        guard let (values, ends) = matrix.eigenvalues(), let smallest = values.first, let largest = values.last else {
            throw SparsifyError(.numerical, "The eigenvalues of the Lanczos matrix were not found.")
        }
        return Extremes(
            smallest: smallest, largest: largest, smallestError: abs(coupling * ends[0]),
            largestError: abs(coupling * ends[ends.count - 1]), iterations: basis.count)
    }

    private static func dot(_ a: [Double], _ b: [Double]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += a[index] * b[index] }
        return sum
    }

    private static func norm(_ a: [Double]) -> Double { dot(a, a).squareRoot() }
}
