/// How a dataset is declared and laid out in its file, besides name, attributes and values.
public struct DatasetProperties: Sendable, Hashable {
    public var type: ValueType
    public var layout: Layout
    /// Extents to which it may grow, -1 for no bound; nil: as large as it is.
    public var maximumDimensions: [Int]?
    /// The value of elements never written, laid out as `type` says; nil: zero.
    public var fillValue: [UInt8]?

    public enum Layout: Sendable, Hashable {
        case contiguous
        case compact
        case chunked(dimensions: [Int], filters: [Filter])
    }

    public enum Filter: Sendable, Hashable {
        case deflate(level: Int)
        case shuffle
        case fletcher32
    }

    public init(
        type: ValueType, layout: Layout = .contiguous, maximumDimensions: [Int]? = nil, fillValue: [UInt8]? = nil
    ) {
        self.type = type
        self.layout = layout
        self.maximumDimensions = maximumDimensions
        self.fillValue = fillValue
    }
}
