/// Rows of a (vocabulary, dimension) parameter, one for each element of the input, which tells its number; a fraction is
/// cut off. A number that is no row's is an error.
public struct Gather: Sendable, Hashable {
    public var dimension: Int
    /// Whether negative numbers count from the end.
    public var countsFromEnd: Bool

    public init(dimension: Int, countsFromEnd: Bool = false) {
        self.dimension = dimension
        self.countsFromEnd = countsFromEnd
    }
}

extension Gather: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with(value + [dimension])]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
