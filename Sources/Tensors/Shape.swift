/// The extents of a tensor, outermost first. An empty list is a scalar of one element.
///
/// A shape is checked when made: no extent is negative and the element count fits an `Int`.
public struct Shape: Sendable, Hashable, CustomStringConvertible {
    public let dimensions: [Int]
    /// Product of the extents; 1 for a scalar.
    public let elementCount: Int

    /// - Throws: `malformed` where an extent is negative or the product overflows.
    public init(_ dimensions: [Int]) throws(SparsifyError) {
        var count = 1
        for extent in dimensions {
            guard extent >= 0 else {
                throw SparsifyError(.malformed, "A shape has the negative extent \(extent).")
            }
            let (product, overflow) = count.multipliedReportingOverflow(by: extent)
            guard !overflow else {
                throw SparsifyError(
                    .malformed, "The shape \(dimensions) has more elements than this machine can count.")
            }
            count = product
        }
        self.dimensions = dimensions
        self.elementCount = count
    }

    public static let scalar = Shape(unchecked: [], elementCount: 1)

    private init(unchecked dimensions: [Int], elementCount: Int) {
        self.dimensions = dimensions
        self.elementCount = elementCount
    }

    public var rank: Int { dimensions.count }

    /// `(3, 4)`, `(5,)`, `()` as NumPy writes them.
    public var description: String {
        dimensions.count == 1
            ? "(\(dimensions[0]),)" : "(" + dimensions.map(String.init).joined(separator: ", ") + ")"
    }
}
