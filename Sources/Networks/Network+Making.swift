public import Tensors

/// Networks that are made step by step elsewhere.
extension Network {
    /// - Parameters:
    ///   - inputNames, outputNames: one for each of `inputs` and `outputs`.
    /// - Throws: `malformed` where two layers have one path.
    public init(
        name: String, className: String, layers: [Layer], calls: [Call], program: Program,
        inputs: [(name: String, value: ValueID)], outputs: [(name: String, value: ValueID)]
    ) throws(SparsifyError) {
        var positions: [String: Int] = [:]
        for (position, layer) in layers.enumerated() {
            guard positions.updateValue(position, forKey: layer.path) == nil else {
                throw SparsifyError(.malformed, "Two layers have the path '\(layer.path)'.")
            }
        }
        self.init(
            name: name, className: className, layers: layers, calls: calls, program: program,
            inputs: inputs.map(\.value), outputs: outputs.map(\.value), positions: positions,
            givenNames: GivenNames(inputs: inputs.map(\.name), outputs: outputs.map(\.name)))
    }

    /// Names of inputs and outputs that are not those of layers.
    struct GivenNames: Sendable, Hashable {
        var inputs: [String]
        var outputs: [String]
    }
}

extension Network.Layer {
    /// A layer of no model within the network.
    public init(
        path: String, className: String, parameters: [Network.Parameter] = [], dtype: String? = nil,
        issue: String? = nil
    ) {
        self.init(
            path: path, name: path, className: className, parameters: parameters, isModel: false, ancestors: [],
            dtype: dtype, isQuantized: false, issue: issue)
    }
}

extension Network.Parameter {
    public init(_ role: ParameterRole, shape: Shape) {
        self.init(role: role, shape: shape)
    }
}

extension Network.Call {
    public init(layer: Int, from inputs: [ValueID], to outputs: [ValueID], steps: Range<Int>, issue: String? = nil) {
        self.init(layer: layer, inputs: inputs, outputs: outputs, steps: steps, issue: issue)
    }
}
