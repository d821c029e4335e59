public import Networks
internal import Tensors

/// The parameters that a network's steps use, in the order of their first use, as parts of one vector θ.
public struct ParameterTable: Sendable {
    public struct Entry: Sendable, Hashable {
        public var reference: ParameterReference
        public var role: ParameterRole
        public var shape: [Int]
        /// Where its elements lie in θ, row-major.
        public var range: Range<Int>
        /// Whether gradients by it are taken: not by statistics, counters and states.
        public var isTrainable: Bool
        /// Whether its layer is not trained: a criterion takes gradients by it all the same, a trainer does not.
        public var isFrozen = false
    }

    public let entries: [Entry]
    /// Length of θ.
    public let count: Int
    private let positions: [ParameterReference: Int]

    /// - Throws: `unsupported` where the shape of a parameter is not known.
    public init(_ network: Network) throws {
        var entries: [Entry] = []
        var positions: [ParameterReference: Int] = [:]
        var count = 0
        let needed = network.program.needed(for: network.outputs)
        for (index, step) in network.program.steps.enumerated() where needed.contains(index) {
            for reference in step.parameters where positions[reference] == nil {
                guard let parameter = network.parameter(reference), let shape = parameter.shape else {
                    throw SparsifyError(
                        .unsupported,
                        "The shape of '\(reference.role)' of layer '\(reference.layer)' is not known.")
                }
                let end = try Checked.add(count, shape.elementCount, "number of parameters")
                let isTrainable = ![.statistics, .state].contains(parameter.role.purpose)
                positions[reference] = entries.count
                entries.append(
                    Entry(
                        reference: reference, role: parameter.role, shape: shape.dimensions, range: count..<end,
                        isTrainable: isTrainable, isFrozen: network.isFrozen(reference)))
                count = end
            }
        }
        self.entries = entries
        self.positions = positions
        self.count = count
    }

    public subscript(_ reference: ParameterReference) -> Entry? { positions[reference].map { entries[$0] } }

    func position(_ reference: ParameterReference) throws(SparsifyError) -> Int {
        guard let position = positions[reference] else {
            throw SparsifyError(
                .malformed, "The network has no '\(reference.role)' of layer '\(reference.layer)'.")
        }
        return position
    }
}
