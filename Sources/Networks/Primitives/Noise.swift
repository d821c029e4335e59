/// What dropout and its kin do to a value in training; otherwise the value stays as it is. Only networks that are made for training
/// have it.
public struct Noise: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// Elements are zero with probability `amount`, the others divided by 1 − `amount` (Srivastava et al. 2014).
        case dropout
        /// Elements take the value that a SELU never exceeds downwards with probability `amount`; mean and variance stay (Klambauer
        /// et al. 2017).
        case alphaDropout
        /// Elements are multiplied by normal numbers about 1, of variance `amount` / (1 − `amount`).
        case gaussianFactor
        /// Normal numbers of standard deviation `amount` are added.
        case gaussianTerm
    }

    public var kind: Kind
    public var amount: Double
    /// Axes along which all elements are treated alike; axis 0 is that of the examples.
    public var sharedAxes: [Int]

    public init(_ kind: Kind, amount: Double, sharedAxes: [Int] = []) {
        self.kind = kind
        self.amount = amount
        self.sharedAxes = sharedAxes
    }
}

extension Noise: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with(value)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
