internal import Tensors

/// Shares a sparsity out among tensors.
public protocol SparsityAllocation: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    /// A line for people: the rule, and where it comes from.
    var summary: String { get }

    /// How many elements of each tensor are to be zero; all together, what the request comes to.
    ///
    /// - Parameter read: gives the weights, where the rule asks for them.
    /// - Throws: what reading throws.
    func zeros(_ request: PruningRequest, of tensors: [PrunableTensor], _ read: WeightSource) throws -> [Int]
}

/// Uniform: the same share of each tensor, each rounded by itself.
public struct UniformAllocation: SparsityAllocation {
    public init() {}

    public var id: String { "uniform" }
    public var summary: String { "the same share of each tensor" }

    public func zeros(_ request: PruningRequest, of tensors: [PrunableTensor], _ read: WeightSource) -> [Int] {
        tensors.map { request.zeros(of: $0.elementCount) }
    }
}
