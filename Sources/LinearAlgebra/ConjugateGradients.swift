internal import Tensors

/// Solves A x = b for a symmetric positive definite A that is known by its products alone (Hestenes and Stiefel 1952), with
/// a diagonal preconditioner.
public struct ConjugateGradients: Sendable {
    /// Stops where |b − A x| is at most this much of |b|.
    public var tolerance: Double
    public var maximumIterations: Int
    /// Whether a curvature that is not positive ends the iteration instead of failing: of a matrix that is known to be
    /// positive definite it says that rounding has taken over.
    public var stopsAtRounding = false

    public struct Solution: Sendable {
        public var values: [Float]
        /// The iterates at each power of two, and the last: the later, the more of the small eigenvalues' part is in them.
        public var path: [[Float]]
        public var iterations: Int
        /// |b − A x| / |b|, as the iteration has it.
        public var residual: Double
        /// Whether rounding ended it.
        public var isRounded = false
    }

    public init(tolerance: Double, maximumIterations: Int) {
        self.tolerance = tolerance
        self.maximumIterations = maximumIterations
    }

    /// - Parameters:
    ///   - diagonal: what the preconditioner divides by; positive.
    ///   - product: A times a vector.
    /// - Throws: `numerical` where A turns out not to be positive definite; what `product` throws.
    public func solve(
        _ right: [Float], diagonal: [Float], product: ([Float]) throws -> [Float]
    ) throws -> Solution {
        let size = Self.norm(right)
        var values = [Float](repeating: 0, count: right.count)
        guard size > 0 else { return Solution(values: values, path: [values], iterations: 0, residual: 0) }
        var residual = right
        var direction = zip(residual, diagonal).map { $0 / $1 }
        var energy = Self.dot(residual, direction)
        var path: [[Float]] = []
        for iteration in 1...max(maximumIterations, 1) {
            let image = try product(direction)
            let curvature = Self.dot(direction, image)
            guard curvature > 0, curvature.isFinite else {
                if stopsAtRounding {
                    return Solution(
                        values: values, path: path + [values], iterations: iteration,
                        residual: Self.norm(residual) / size, isRounded: true)
                }
                throw SparsifyError(
                    .numerical,
                    "The curvature along a direction is \(curvature): the matrix is not positive definite.",
                    remedy: "Give more samples, or a greater --damping.")
            }
            let step = Float(energy / curvature)
            for index in values.indices {
                values[index] += step * direction[index]
                residual[index] -= step * image[index]
            }
            let rest = Self.norm(residual) / size
            let isLast = rest <= tolerance || iteration == maximumIterations
            if isLast || iteration & (iteration - 1) == 0 { path.append(values) }
            if isLast { return Solution(values: values, path: path, iterations: iteration, residual: rest) }
            let scaled = zip(residual, diagonal).map { $0 / $1 }
            let next = Self.dot(residual, scaled)
            let share = Float(next / energy)
            for index in direction.indices { direction[index] = scaled[index] + share * direction[index] }
            energy = next
        }
        preconditionFailure("the last iteration returns")
    }

    /// Summed in double precision.
    public static func dot(_ a: [Float], _ b: [Float]) -> Double {
        var sum = 0.0
        for index in a.indices { sum += Double(a[index]) * Double(b[index]) }
        return sum
    }

    public static func norm(_ a: [Float]) -> Double { dot(a, a).squareRoot() }
}
