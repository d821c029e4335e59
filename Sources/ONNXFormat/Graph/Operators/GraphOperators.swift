internal import Tensors

/// What an operator makes of the inputs of the node that is being lowered: a value for each of its outputs.
typealias GraphOperator = @Sendable (inout GraphLowering) throws -> [GraphValue]

/// The operators that are understood, by name. A new one is a line in its family.
enum GraphOperators {
    static let all: [String: GraphOperator] = [
        arithmetic, functions, activations, constants, shapes, parts, windows, products, normalisations, reductions,
        recurrences, resizing,
    ].reduce(into: [:]) { all, family in all.merge(family) { _, _ in preconditionFailure("two of one name") } }
}
