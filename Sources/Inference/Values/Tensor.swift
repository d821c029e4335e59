internal import Tensors

/// Numbers in memory with a shape, row-major: what a network is given and what it returns.
public struct Tensor<Element: Scalar>: Sendable, Hashable {
    /// Extents, outermost first. For the inputs and outputs of a network the first one counts the examples.
    public let shape: [Int]
    public let values: [Element]

    /// - Throws: `usage` where the shape does not have as many elements as there are values.
    public init(shape: [Int], values: [Element]) throws {
        guard try Shape(shape).elementCount == values.count else {
            throw SparsifyError(.usage, "\(values.count) values do not fill a tensor of shape \(shape).")
        }
        self.shape = shape
        self.values = values
    }
}
