internal import Tensors

/// Normalisation by the mean and variance of the value itself, over all but the kept axes of each group, then a scale
/// and a shift by parameters.
///
/// Over n elements: mean n − 1 additions and 1 multiplication; differences n additions; variance n squares, n − 1
/// additions and 1 multiplication, ε 1 addition; n multiplications by the inverse deviation; then what scale and shift
/// take.
public struct Standardisation: Sendable, Hashable {
    /// Axes over which mean and variance are taken, as positions among the extents.
    public var axes: [Int]
    /// Groups that the channels fall into, each with statistics of its own; `channelAxis` is split between them.
    public var groups: Int
    public var channelAxis: Int?
    public var hasScale: Bool
    public var hasShift: Bool
    public var moment: Moment
    /// Added to the variance before the square root.
    public var epsilon: Double

    /// What the elements are divided by, and whether the mean is taken off first.
    public enum Moment: Sendable, Hashable {
        /// (x − mean) / √(variance + ε)
        case variance
        /// x / √(variance + ε), the variance being that about the mean.
        case varianceUncentred
        /// x / √(mean of x² + ε)
        case meanSquare
        /// x / √(max(sum of x², ε))
        case sumOfSquares
    }

    /// Whether a mean is computed.
    public var isCentred: Bool { moment == .variance || moment == .varianceUncentred }

    public init(
        axes: [Int], groups: Int = 1, channelAxis: Int? = nil, hasScale: Bool, hasShift: Bool,
        moment: Moment = .variance, epsilon: Double
    ) {
        self.axes = axes
        self.groups = groups
        self.channelAxis = channelAxis
        self.hasScale = hasScale
        self.hasShift = hasShift
        self.moment = moment
        self.epsilon = epsilon
    }
}

extension Standardisation: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        if let channelAxis, let depth = value[channelAxis], depth % groups != 0 {
            throw SparsifyError(.malformed, "\(depth) channels do not divide into \(groups) groups.")
        }
        return [with(value)]
    }

    func counts(_ step: StepEvidence) throws -> OperationCounts? {
        let what = OperationCounts.what
        guard let elements = try step.outputs[0].elementCount(what),
            let normalised = try axes.map({ step.inputs[0][$0] }).elementCount(what), elements > 0, normalised > 0
        else { return nil }
        let count = normalised / groups
        let sets = elements / max(count, 1)
        let centring =
            isCentred
            ? OperationCounts(multiplications: sets, additions: try Checked.add(elements - sets, elements, what))
            : .zero
        let variance = OperationCounts(
            multiplications: try Checked.add(try Checked.multiply(2, elements, what), sets, what),
            additions: elements)
        let affine = OperationCounts(
            multiplications: hasScale ? elements : 0, additions: hasShift ? elements : 0)
        return try centring.adding(variance).adding(affine)
    }
}
