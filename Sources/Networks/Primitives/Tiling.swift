/// A value `count` times, along a new first axis.
public struct Tiling: Sendable, Hashable {
    public var count: Int

    public init(count: Int) { self.count = count }
}

extension Tiling: PrimitiveRule {
    func outputs(of inputs: [Value]) throws -> [Value] {
        let (value, with) = try single(inputs)
        return [with([count] + value)]
    }

    func counts(_ step: StepEvidence) -> OperationCounts? { .zero }
}
