internal import COpenBLAS
public import Tensors

/// A symmetric matrix in double precision, row-major, both triangles filled.
public struct SymmetricMatrix: Sendable {
    public let order: Int
    public var elements: [Double]

    public init(order: Int) {
        self.order = order
        elements = Array(repeating: 0, count: order * order)
    }

    /// - Parameter elements: row-major; both triangles.
    public init(order: Int, elements: [Double]) {
        precondition(elements.count == order * order, "a matrix has order × order elements")
        self.order = order
        self.elements = elements
    }

    public subscript(row: Int, column: Int) -> Double {
        get { elements[row * order + column] }
        set { elements[row * order + column] = newValue }
    }

    public var diagonal: [Double] { (0..<order).map { elements[$0 * order + $0] } }

    /// Adds a number to each element of the diagonal.
    public mutating func addToDiagonal(_ value: Double) {
        for index in 0..<order { elements[index * order + index] += value }
    }

    /// Adds factor · Σ xᵢ xᵢᵀ over the rows xᵢ of a (rows, order) matrix.
    public mutating func addOuterProducts(_ rows: UnsafeBufferPointer<Double>, factor: Double = 1) {
        guard order > 0, !rows.isEmpty else { return }
        precondition(rows.count % order == 0, "rows are as long as the order")
        OpenBLAS.ready()
        cblas_dsyrk(
            CblasRowMajor, CblasLower, CblasTrans, Int32(order), Int32(rows.count / order), factor,
            rows.baseAddress, Int32(order), 1, &elements, Int32(order))
        Self.copyLower(&elements, order)
    }

    /// Copies the lower triangle into the upper one, in tiles that stay in the cache.
    fileprivate static func copyLower(_ elements: inout [Double], _ order: Int) {
        let tile = 32
        elements.withUnsafeMutableBufferPointer { all in
            for top in stride(from: 0, to: order, by: tile) {
                for left in stride(from: 0, through: top, by: tile) {
                    for row in top..<min(top + tile, order) {
                        for column in left..<min(left + tile, row) {
                            all[column * order + row] = all[row * order + column]
                        }
                    }
                }
            }
        }
    }

    /// Multiplies each element by a number.
    public mutating func scale(by factor: Double) {
        for index in elements.indices { elements[index] *= factor }
    }

    /// The Cholesky factorisation; nil where the matrix is not positive definite, to working precision, or holds what is
    /// not a number. A matrix that is not needed any more gives its memory.
    public consuming func cholesky() -> CholeskyFactor? { CholeskyFactor(self) }
}

/// The lower triangular L of A = L Lᵀ.
public struct CholeskyFactor: Sendable {
    public let order: Int
    /// Row-major; what lies above the diagonal is zero.
    public private(set) var elements: [Double]

    init?(_ matrix: consuming SymmetricMatrix) {
        order = matrix.order
        var values = matrix.elements
        matrix.elements = []
        guard order > 0 else {
            elements = []
            return
        }
        guard values.allSatisfy(\.isFinite) else { return nil }
        OpenBLAS.ready()
        var (size, info) = (Int32(order), Int32(0))
        // The upper triangle by columns is the lower one by rows.
        dpotrf_("U", &size, &values, &size, &info)
        guard info == 0 else { return nil }
        for row in 0..<order {
            for column in row + 1..<max(order, row + 1) { values[row * order + column] = 0 }
        }
        elements = values
    }

    /// The inverse of A. A factor that is not needed any more gives its memory.
    public consuming func inverse() -> SymmetricMatrix {
        let order = order
        var values = elements
        elements = []
        var (size, info) = (Int32(order), Int32(0))
        guard order > 0 else { return SymmetricMatrix(order: 0) }
        dpotri_("U", &size, &values, &size, &info)
        precondition(info == 0, "the diagonal of a factor is not zero")
        SymmetricMatrix.copyLower(&values, order)
        return SymmetricMatrix(order: order, elements: values)
    }

    /// The diagonal of the inverse of A, which is L⁻ᵀ L⁻¹: of each column of L⁻¹ the sum of its squares. A factor that is not
    /// needed any more gives its memory.
    public consuming func inverseDiagonal() -> [Double] {
        let order = order
        var values = elements
        elements = []
        guard order > 0 else { return [] }
        var (size, info) = (Int32(order), Int32(0))
        dtrtri_("U", "N", &size, &values, &size, &info)
        precondition(info == 0, "the diagonal of a factor is not zero")
        var sums = [Double](repeating: 0, count: order)
        for row in 0..<order {
            for column in 0...row { sums[column] += values[row * order + column] * values[row * order + column] }
        }
        return sums
    }

    /// x of A x = b, for each of the right sides, one behind the other.
    public func solve(_ right: [Double]) -> [Double] {
        guard order > 0, !right.isEmpty else { return right }
        precondition(right.count % order == 0, "right sides are as long as the order")
        var values = right
        var (size, columns, info) = (Int32(order), Int32(right.count / order), Int32(0))
        dpotrs_("U", &size, &columns, elements, &size, &values, &size, &info)
        return values
    }
}

extension SymmetricMatrix {
    /// Damping that was needed to factorise.
    public struct Damped: Sendable {
        public var factor: CholeskyFactor
        /// What was added to the diagonal.
        public var damping: Double
    }

    /// Factorises A + λI: λ is `damping` times the mean of the diagonal, and ten times as much at each of up to `attempts`
    /// further trials where that is not positive definite.
    ///
    /// - Throws: `numerical` where it still is not; it says the last λ.
    public func damped(_ damping: Double, attempts: Int = 3, what: String) throws(SparsifyError) -> Damped {
        let mean = diagonal.reduce(0, +) / Double(max(order, 1))
        return try damped(adding: damping * mean, atLeastThen: 1e-8 * mean, attempts: attempts, what: what)
    }

    /// The same, from a number that is added to the diagonal itself.
    ///
    /// - Parameter floor: what further trials add at least.
    public func damped(
        adding first: Double, atLeastThen floor: Double = 0, attempts: Int = 3, what: String
    ) throws(SparsifyError) -> Damped {
        var added = first
        for attempt in 0...attempts {
            var copy = self
            copy.addToDiagonal(added)
            if let factor = copy.cholesky() { return Damped(factor: factor, damping: added) }
            if attempt < attempts { added = max(added * 10, floor) }
        }
        let mean = diagonal.reduce(0, +) / Double(max(order, 1))
        throw SparsifyError(
            .numerical,
            "\(what) is not positive definite, not even with \(added) added to its diagonal (whose mean is \(mean)).",
            remedy: "Give more samples, or a greater --damping.")
    }
}
