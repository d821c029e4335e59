internal import Tensors

/// Convolutions of Keras 2 whose kernel differs at every position: (positions, window · channels, filters).
struct LocallyConnectedLayer: LayerKind {
    static let names = ["LocallyConnected1D", "LocallyConnected2D"]

    private let window: Window
    private let filters: Int
    private let hasBias: Bool
    private let activation: Activation?

    /// Each tap is a step of its own.
    private static let maximumTaps = 4096

    init(_ config: LayerConfig) throws {
        window = try config.window(size: "kernel_size", rank: config.rank())
        filters = try config.integer("filters")
        hasBias = try config.bool("use_bias", default: true)
        activation = try config.activation()
        guard try config.integer("implementation", default: 1) == 1, try config.channels() == .last,
            window.padding == .valid
        else { throw config.unsupported("it keeps its kernel in a way that is not covered") }
        guard try window.tapCount() <= Self.maximumTaps else {
            throw config.failure("its window has more than \(Self.maximumTaps) elements.")
        }
    }

    var parameters: [ParameterRole] {
        roles([
            ("kernel", .weight, OutputIndexing(axes: [0, 2])), hasBias ? ("bias", .bias, .none) : nil,
        ])
    }

    func lower(_ inputs: [ValueID], into lowering: inout Lowering) throws -> [ValueID] {
        let rank = window.size.count
        let (spatial, channels) = try ChannelAxis.last.split(lowering.extents(inputs[0]), rank: rank)
        let depth = try lowering.fixed(channels)
        let outputs = try window.outputs(spatial).map { try lowering.fixed($0) }
        let positions = try Shape(outputs).elementCount
        let width = try Checked.multiply(window.tapCount(), depth, "number of taps")
        // Every tap's share of the input, side by side.
        var patches = [inputs[0]]
        for axis in 0..<rank {
            patches = try patches.flatMap { patch in
                try (0..<window.size[axis]).map { tap in
                    try lowering.slice(
                        patch, axis: axis, start: tap, count: outputs[axis], step: window.strides[axis])
                }
            }
        }
        let joined = try lowering.concatenate(patches, axis: rank)
        let rows = try lowering.reshape(joined, [positions, width])
        let product = Contraction(
            input: [0, 1], kernel: [0, 1, 2], output: [0, 2], kernelExtents: [positions, width, filters],
            hasBias: false)
        let kernel = try lowering.parameter("kernel", [positions, width, filters])
        var value = try lowering.push(.contraction(product), [rows], [kernel])
        value = try lowering.reshape(value, outputs + [filters])
        if hasBias { value = try biased(value, outputs + [filters], &lowering) }
        return [try lowering.activate(activation, value)]
    }

    /// A bias for each element, which is a scale's shift without the scale.
    private func biased(_ value: ValueID, _ extents: [Int], _ lowering: inout Lowering) throws -> ValueID {
        let bias = try lowering.parameter("bias", extents)
        return try lowering.push(.affine(Affine(.shift, axes: Array(extents.indices))), [value], [bias])
    }
}
