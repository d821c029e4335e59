public import Tensors

/// Says how much each weight matters. The weights with the lowest scores are pruned.
///
/// A criterion is a value without state between tiles: the same tile gives the same scores, whichever thread asks.
public protocol PruningCriterion: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    /// A line for people: the formula, and where it comes from.
    var summary: String { get }

    /// Writes the score of each weight of `tile`. Scores are finite and not negative.
    func score(_ tile: WeightTile, into scores: ScoreBuffer)
}

/// A run of consecutive weights of one tensor.
public struct WeightTile {
    /// Which of the prunable tensors it is.
    public var tensor: Int
    /// Row-major position of the first weight.
    public var offset: Int
    public var elementType: ElementType
    /// Little-endian elements, aligned to their width.
    public var elements: UnsafeRawBufferPointer

    public var count: Int { elements.count / elementType.byteWidth }

    public init(tensor: Int, offset: Int, elementType: ElementType, elements: UnsafeRawBufferPointer) {
        self.tensor = tensor
        self.offset = offset
        self.elementType = elementType
        self.elements = elements
    }
}

/// Where scores go: single precision, unless a model has float64 weights, whose order single precision would blur.
public enum ScoreBuffer {
    case single(UnsafeMutableBufferPointer<Float>)
    case double(UnsafeMutableBufferPointer<Double>)
}
