/// Rows of a (vocabulary, dimension) parameter, one for each element of the input.
public struct Gather: Sendable, Hashable {
    public var dimension: Int

    public init(dimension: Int) { self.dimension = dimension }
}

extension Gather: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with(value + [dimension])]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
