internal import Tensors

/// Names one value of a program.
public struct ValueID: Sendable, Hashable {
    public let index: Int
}

/// What is known of a value before it is computed.
public struct Value: Sendable, Hashable {
    /// Nil where the shape is not known at all; `issue` says why.
    public var extents: Extents?
    /// How many of it there are for each example: more than one inside a layer that is distributed over time. Nil
    /// where that is left open.
    public var copies: Int?
    public var issue: String?

    public init(extents: Extents?, copies: Int? = 1, issue: String? = nil) {
        self.extents = extents
        self.copies = copies
        self.issue = issue
    }
}

/// One primitive applied to values. A value is made by one step at most and never changes.
public struct Step: Sendable, Hashable {
    public var primitive: Primitive
    public var inputs: [ValueID]
    public var parameters: [ParameterReference]
    public var outputs: [ValueID]
}

/// A network as a straight line of primitives over values; shapes are inferred as steps are pushed.
public struct Program: Sendable, Hashable {
    public private(set) var values: [Value] = []
    public private(set) var steps: [Step] = []

    /// More steps than any model has: shared models within shared models multiply.
    static let maximumSteps = 1_000_000

    public init() {}

    public subscript(_ id: ValueID) -> Value { values[id.index] }

    /// A value that comes from outside.
    public mutating func input(_ extents: Extents) -> ValueID {
        append(Value(extents: extents))
    }

    /// A value of which nothing is known, and why.
    public mutating func unknown(_ issue: String) -> ValueID {
        append(Value(extents: nil, copies: nil, issue: issue))
    }

    /// Applies a primitive. Every input must have a shape.
    ///
    /// - Throws: `malformed` where the shapes do not fit the primitive or are too large.
    public mutating func push(
        _ primitive: Primitive, _ inputs: [ValueID], _ parameters: [ParameterReference] = []
    ) throws -> [ValueID] {
        guard steps.count < Self.maximumSteps else {
            throw SparsifyError(.malformed, "The network has more than \(Self.maximumSteps) steps.")
        }
        let results = try primitive.rule.outputs(of: inputs.map { self[$0] })
        for value in results { _ = try value.extents?.elementCount("number of elements of a layer's output") }
        let outputs = results.map { append($0) }
        steps.append(Step(primitive: primitive, inputs: inputs, parameters: parameters, outputs: outputs))
        return outputs
    }

    /// Says in `values`, one for each of the program's, what is known of a step's outputs, now that more may be known of
    /// its inputs there.
    ///
    /// - Throws: `malformed` where the inputs do not fit the step.
    public func infer(_ step: Step, in values: inout [Value]) throws {
        let found = try step.primitive.rule.outputs(of: step.inputs.map { values[$0.index] })
        for (id, value) in zip(step.outputs, found) {
            _ = try value.extents?.elementCount("number of elements of a layer's output")
            values[id.index] = value
        }
    }

    /// The same program with a step of the same inputs and outputs in place of each; extents follow from them.
    ///
    /// - Throws: `malformed` where shapes do not fit the steps.
    public func replacing(steps: [Step]) throws -> Program {
        precondition(steps.count == self.steps.count, "every step is replaced")
        var result = self
        result.steps = steps
        var values = result.values
        for step in steps { try result.infer(step, in: &values) }
        result.values = values
        return result
    }

    /// Positions of the steps that some of these values depend on.
    public func needed(for outputs: [ValueID]) -> Set<Int> {
        var wanted = Set(outputs)
        var needed: Set<Int> = []
        for index in steps.indices.reversed() where steps[index].outputs.contains(where: wanted.contains) {
            needed.insert(index)
            wanted.formUnion(steps[index].inputs)
        }
        return needed
    }

    private mutating func append(_ value: Value) -> ValueID {
        values.append(value)
        return ValueID(index: values.count - 1)
    }

    /// Forgets the steps and values from these positions on: a layer that turned out not to be understood.
    public mutating func truncate(steps stepCount: Int, values valueCount: Int) {
        steps.removeSubrange(stepCount...)
        values.removeSubrange(valueCount...)
    }
}
