public import Tensors

/// Multiplications and additions of one pass over one example.
///
/// How things are counted, everywhere:
/// - An output that sums n products costs n multiplications and n − 1 additions, its bias one addition more. An
///   output with no product costs nothing, with a bias or without.
/// - Every position that a window covers counts, padding or not: the count is that of the padded input.
/// - A transposed convolution is counted as the convolutions it consists of, one for each phase of its strides, at
///   every input position.
/// - Normalisation by stored statistics is folded into one scale and one shift for each element. Normalisation by
///   statistics of the value itself counts the sums and squares that they take.
/// - Average pooling over n elements costs n − 1 additions and 1 multiplication.
/// - Comparisons (maxima, rectifiers), activation functions, divisions, square roots, look-ups and copies cost nothing.
/// - Dropout, noise and other layers that act in training alone cost nothing.
public struct OperationCounts: Sendable, Hashable {
    public var multiplications: Int
    public var additions: Int

    public init(multiplications: Int = 0, additions: Int = 0) {
        self.multiplications = multiplications
        self.additions = additions
    }

    public static let zero = OperationCounts()

    /// Multiplications and additions together.
    ///
    /// - Throws: `malformed` where the sum overflows.
    public func flops() throws(SparsifyError) -> Int { try Checked.add(multiplications, additions, Self.what) }

    static let what = "number of operations"

    func adding(_ other: OperationCounts) throws(SparsifyError) -> OperationCounts {
        OperationCounts(
            multiplications: try Checked.add(multiplications, other.multiplications, Self.what),
            additions: try Checked.add(additions, other.additions, Self.what))
    }

    func times(_ factor: Int) throws(SparsifyError) -> OperationCounts {
        OperationCounts(
            multiplications: try Checked.multiply(multiplications, factor, Self.what),
            additions: try Checked.multiply(additions, factor, Self.what))
    }
}

/// What a weight parameter holds, as far as operation counts need it.
public struct WeightEvidence: Sendable, Hashable {
    /// Elements that are not zero.
    public var nonzeros: Int
    /// Outputs (cells over `ParameterRole.outputs`) that at least one of those elements contributes to.
    public var occupiedOutputs: Int

    public init(nonzeros: Int, occupiedOutputs: Int) {
        self.nonzeros = nonzeros
        self.occupiedOutputs = occupiedOutputs
    }
}
