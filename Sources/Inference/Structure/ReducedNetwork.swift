internal import Networks
internal import Tensors

/// A network without the channels that zeros in its weights make superfluous: a program of the same steps over smaller
/// values, with parameters that `Weights` derives.
struct ReducedNetwork: Sendable {
    private(set) var network: Network
    private(set) var removals: [Removal]

    /// The network as it is.
    init(whole network: Network) {
        self.network = network
        removals = []
    }

    /// - Throws: what reading the weights throws.
    init<T: Scalar>(_ network: Network, _ weights: Weights<T>) throws {
        self.init(whole: network)
        // What cannot be run is left for the plan to refuse.
        let isKnown = network.outputs.allSatisfy { network.program[$0].issue == nil }
        guard isKnown, let flow = try Self.flow(network, weights) else { return }
        var reduction = ProgramReduction(try ChannelDemand(flow))
        let steps = try network.program.steps.indices.map { try reduction.step($0) }
        guard steps != network.program.steps else { return }
        removals = reduction.removals
        self.network.program = try network.program.replacing(steps: steps)
    }

    /// Nil where no weights have enough zeros for anything to follow.
    private static func flow<T: Scalar>(_ network: Network, _ weights: Weights<T>) throws -> ChannelFlow<T>? {
        let program = network.program
        let layers = network.stepLayers
        let needed = program.needed(for: network.outputs)
        let isHollow = try needed.sorted().contains { index in
            try inLayer(layers[index]) { try weights.isHollow(program.steps[index]) }
        }
        guard isHollow, var flow = ChannelFlow(program, weights) else { return nil }
        for value in network.inputs + network.outputs { flow.pin(value) }
        // What no step takes may yet be looked at.
        let taken = Set(program.steps.flatMap(\.inputs))
        for value in program.steps.flatMap(\.outputs) where !taken.contains(value) { flow.pin(value) }
        for index in program.steps.indices {
            try inLayer(layers[index]) { try flow.visit(isNeeded: needed.contains(index)) }
        }
        return flow
    }
}
