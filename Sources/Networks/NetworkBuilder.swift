internal import Tensors

/// Turns the configuration of a model into a network.
struct NetworkBuilder {
    private var layers: [Network.Layer] = []
    private var kinds: [(any LayerKind)?] = []
    private var shapes: [[String: Shape]] = []
    private var positions: [String: Int] = [:]
    private var calls: [Network.Call] = []
    private var lowering: Lowering
    private let dialect: Activation.Dialect

    /// Layers, calls and their inputs that were looked at. Shared models within shared models multiply.
    private var work = 0
    private let maximumWork: Int

    private mutating func spend(_ amount: Int) throws(SparsifyError) {
        work += amount
        guard work <= maximumWork else {
            throw SparsifyError(.malformed, "The network has more than \(maximumWork) calls of layers.")
        }
    }

    private init(_ dialect: Activation.Dialect, keepsNoise: Bool, maximumWork: Int) {
        self.dialect = dialect
        self.maximumWork = maximumWork
        lowering = Lowering(dialect: dialect, keepsNoise: keepsNoise)
    }

    static func build(
        _ config: ModelConfig, keepsNoise: Bool = false, maximumWork: Int = 1_000_000
    ) throws -> Network {
        var builder = NetworkBuilder(config.dialect, keepsNoise: keepsNoise, maximumWork: maximumWork)
        try builder.register(config, ancestors: [])
        let (inputs, outputs) = try builder.lower(config, inputs: nil, prefix: "")
        for position in builder.layers.indices {
            for index in builder.layers[position].parameters.indices {
                let role = builder.layers[position].parameters[index].role.name
                builder.layers[position].parameters[index].shape = builder.shapes[position][role]
            }
        }
        return Network(
            name: config.name, className: config.className, layers: builder.layers, calls: builder.calls,
            program: builder.lowering.program, inputs: inputs, outputs: outputs, positions: builder.positions)
    }

    // MARK: Layers

    private mutating func register(_ model: ModelConfig, ancestors: [String], isFrozen: Bool = false) throws {
        for node in model.nodes {
            let path = (ancestors + [node.name]).joined(separator: "/")
            var layer = Network.Layer(
                path: path, name: node.name, className: node.className, parameters: [], isModel: node.model != nil,
                ancestors: ancestors, dtype: node.dtype, isQuantized: node.isQuantized)
            layer.isFrozen = isFrozen || node.fields["trainable"]?.bool == false
            var kind: (any LayerKind)?
            if node.model == nil {
                do {
                    guard let type = LayerKinds.kind(named: node.kindName) else {
                        throw SparsifyError(.unsupported, "layers of class '\(node.className)' are not known")
                    }
                    let made = try type.init(LayerConfig(path, node.className, node.fields, dialect))
                    layer.parameters = made.parameters.map { Network.Parameter(role: $0, shape: nil) }
                    kind = made
                } catch let error as SparsifyError where error.code == .unsupported {
                    layer.issue = error.message
                }
            }
            layer.trainingEffect = Self.trainingEffect(kind, node.fields)
            guard positions.updateValue(layers.count, forKey: path) == nil else {
                throw SparsifyError(.malformed, "Two layers have the path '\(path)'.")
            }
            layers.append(layer)
            kinds.append(kind)
            shapes.append([:])
            if let inner = node.model {
                try register(inner, ancestors: ancestors + [node.name], isFrozen: layer.isFrozen)
            }
        }
    }

    private static func trainingEffect(
        _ kind: (any LayerKind)?, _ fields: [String: JSONValue]
    ) -> Network.TrainingEffect? {
        if kind is NoiseLayer { return .noise }
        if let kind = kind as? PassThroughLayer { return kind.isAugmentation ? .augmentation : nil }
        return drops(.object(fields)) ? .noise : nil
    }

    /// Whether a layer, or one in it, drops some of its inputs or states.
    private static func drops(_ config: JSONValue, depth: Int = 0) -> Bool {
        let isOwn = ["dropout", "recurrent_dropout"].contains { config[$0]?.number ?? 0 > 0 }
        guard !isOwn, depth < ModelConfig.maximumNesting else { return isOwn }
        let inner = ["layer", "backward_layer", "cell"].compactMap { config[$0] } + (config["cells"]?.array ?? [])
        return inner.contains { $0["config"].map { drops($0, depth: depth + 1) } ?? false }
    }

    // MARK: Calls

    /// Lowers a model: its own inputs where it is the outermost, or the values that a call gives it.
    private mutating func lower(
        _ model: ModelConfig, inputs: [ValueID]?, prefix: String
    ) throws -> (inputs: [ValueID], outputs: [ValueID]) {
        model.isSequential
            ? try lowerSequential(model, inputs: inputs, prefix: prefix)
            : try lowerFunctional(model, inputs: inputs, prefix: prefix)
    }

    private mutating func lowerSequential(
        _ model: ModelConfig, inputs: [ValueID]?, prefix: String
    ) throws -> (inputs: [ValueID], outputs: [ValueID]) {
        var values = inputs ?? []
        let given = values
        if values.isEmpty {
            let first = model.nodes.first
            if let extents = first?.inputExtents ?? first?.model?.inputExtents ?? model.inputExtents {
                values = [lowering.program.input(extents)]
            } else {
                values = [lowering.program.unknown("the model does not say the shape of its input")]
            }
        }
        let starts = given.isEmpty ? values : given
        for node in model.nodes { values = try call(node, values, Self.arguments(values), prefix: prefix) }
        return (starts, values)
    }

    private mutating func lowerFunctional(
        _ model: ModelConfig, inputs: [ValueID]?, prefix: String
    ) throws -> (inputs: [ValueID], outputs: [ValueID]) {
        try spend(model.nodes.reduce(0) { $0 + $1.calls.count + 4 })
        let graph = try CallGraph(model)
        var results = graph.emptyResults
        var starts: [CallGraph.Slot: [ValueID]] = [:]
        if let inputs {
            guard inputs.count == graph.inputs.count else {
                throw SparsifyError(
                    .malformed, "Model '\(model.name)' takes \(graph.inputs.count) inputs and is given \(inputs.count)."
                )
            }
            for (slot, value) in zip(graph.inputs, inputs) {
                results[slot.node][slot.call] = try call(
                    model.nodes[slot.node], [value], Self.arguments([value]), prefix: prefix)
            }
        }
        for slot in graph.order where results[slot.node][slot.call].isEmpty {
            let node = model.nodes[slot.node]
            var values = try graph.inputs(of: slot).map { try output($0, of: results, model) }
            let isInput = node.className == "InputLayer"
            if values.isEmpty {
                guard isInput else { continue }
                values = [
                    node.inputExtents.map { lowering.program.input($0) }
                        ?? lowering.program.unknown("the model does not say the shape of its input")
                ]
            }
            let arguments =
                isInput
                ? Self.arguments(values)
                : try graph.arguments(of: slot).map { try output($0, of: results, model) }
            results[slot.node][slot.call] = try call(node, values, arguments, prefix: prefix)
            starts[slot] = values
        }
        // In the order of the model, which need not be that of its layers.
        let own = inputs ?? graph.inputs.flatMap { starts[$0] ?? [] }
        return (own, try graph.outputs.map { try output($0, of: results, model) })
    }

    /// Lowers a model that is applied to each element of the first axis.
    private mutating func distribute(
        _ model: ModelConfig, _ inputs: [ValueID], _ arguments: CallArguments<ValueID>, prefix: String
    ) throws -> [ValueID] {
        if let issue = inputs.lazy.compactMap({ [lowering] in lowering.program[$0].issue }).first {
            return [lowering.program.unknown(issue)]
        }
        guard inputs.count == 1, let input = inputs.first else {
            throw SparsifyError(.malformed, "Layer '\(prefix.dropLast())' takes 1 input, not \(inputs.count).")
        }
        let mask = arguments.tensor("mask") ?? lowering.mask(of: input)
        let (single, steps) = try lowering.fold(input, mask: mask)
        let outputs = try lower(model, inputs: [single], prefix: prefix).outputs
        return try outputs.map { output in
            guard lowering.program[output].issue == nil else { return output }
            let result = try lowering.unfold(output, steps)
            lowering.setMask(mask, of: result)
            return result
        }
    }

    /// One output of a call that was made before. What is not understood has as many outputs as are asked for.
    private mutating func output(
        _ tensor: CallGraph.Tensor, of results: [[[ValueID]]], _ model: ModelConfig
    ) throws -> ValueID {
        let values = results[tensor.slot.node][tensor.slot.call]
        if values.indices.contains(tensor.output) { return values[tensor.output] }
        let name = model.nodes[tensor.slot.node].name
        guard let issue = values.first.flatMap({ lowering.program[$0].issue }) else {
            throw SparsifyError(.malformed, "Layer '\(name)' has no output \(tensor.output).")
        }
        return lowering.program.unknown(issue)
    }

    /// A call with nothing but its inputs.
    private static func arguments(_ inputs: [ValueID]) -> CallArguments<ValueID> {
        CallArguments(positional: inputs.map { .tensor($0) })
    }

    private mutating func call(
        _ node: ModelConfig.Node, _ inputs: [ValueID], _ arguments: CallArguments<ValueID>, prefix: String
    ) throws -> [ValueID] {
        try spend(inputs.count + 1)
        let path = prefix + node.name
        guard let position = positions[path] else {
            throw SparsifyError(.malformed, "There is no layer '\(path)'.")
        }
        let stepCount = lowering.program.steps.count
        if let model = node.model {
            let index = calls.count
            calls.append(Network.Call(layer: position, inputs: inputs, outputs: [], steps: stepCount..<stepCount))
            let outputs =
                try node.isDistributed
                ? distribute(model, inputs, arguments, prefix: path + "/")
                : lower(model, inputs: inputs, prefix: path + "/").outputs
            calls[index].outputs = outputs
            return outputs
        }
        var own = layers[position].issue
        let needsShapes = kinds[position]?.needsShapes ?? true
        let needed = needsShapes ? inputs + arguments.tensors : []
        let inherited = needed.compactMap { lowering.program[$0].issue }.first
        var outputs: [ValueID] = []
        if own == nil, inherited == nil, let kind = kinds[position] {
            let valueCount = lowering.program.values.count
            lowering.begin(layer: path, shapes: shapes[position], arguments: arguments)
            do {
                let mask = inputs.first.flatMap { lowering.explicitMask() ?? lowering.mask(of: $0) }
                outputs = try kind.lower(inputs, into: &lowering)
                if kind.carriesMask, let mask, let output = outputs.first, lowering.mask(of: output) == nil {
                    lowering.setMask(mask, of: output)
                }
                shapes[position] = lowering.shapes
            } catch let error as SparsifyError where error.code == .unsupported {
                lowering.truncate(steps: stepCount, values: valueCount)
                own = error.message
            } catch let error as SparsifyError {
                throw SparsifyError(error.code, "Layer '\(path)' (\(node.className)): \(error.message)")
            }
        }
        let issue = own ?? inherited
        if let issue {
            outputs = [lowering.program.unknown(own == nil ? issue : "its input comes from '\(path)': \(issue)")]
        }
        calls.append(
            Network.Call(
                layer: position, inputs: inputs, outputs: outputs, steps: stepCount..<lowering.program.steps.count,
                issue: issue))
        return outputs
    }
}
