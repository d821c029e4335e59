internal import Networks
internal import Tensors

/// What the initialisers of a graph are for, by the operators that they go into. It needs no operator to be understood
/// but those that have weights.
struct WeightUses {
    struct Use {
        var purpose: ParameterRole.Purpose
        /// What the operator calls the input.
        var role: String
        var operatorName: String
        /// Path of the node.
        var node: String
        /// Which elements feed which output, by the axes that the initialiser has.
        var outputs: OutputIndexing
    }

    /// By name of an initialiser; of several uses, that as a weight.
    private(set) var uses: [String: Use] = [:]
    /// Values that are initialisers under another name or with other axes: the initialiser, and whether it has all its
    /// axes in order.
    private var aliases: [String: (source: String, isSame: Bool)] = [:]

    private static let maximumDepth = 32

    init(_ graph: ONNXGraphProto, paths: [String]) {
        visit(graph, paths: paths, depth: 0)
    }

    private mutating func visit(_ graph: ONNXGraphProto, paths: [String], depth: Int) {
        guard depth < Self.maximumDepth else { return }
        for tensor in graph.initializer { aliases[tensor.name] = (tensor.name, true) }
        for tensor in graph.sparseInitializer { aliases[tensor.values.name] = (tensor.values.name, true) }
        for (index, node) in graph.node.enumerated() {
            let path = depth == 0 ? paths[index] : node.name
            pass(node)
            for (place, name) in node.input.enumerated() {
                guard let alias = aliases[name], let found = Self.use(node, place, path) else { continue }
                note(alias.source, alias.isSame ? found : found.without)
            }
            for attribute in node.attribute {
                for graph in (attribute.hasG ? [attribute.g] : []) + attribute.graphs {
                    visit(graph, paths: [], depth: depth + 1)
                }
            }
        }
    }

    /// What leaves a weight a weight.
    private mutating func pass(_ node: ONNXNodeProto) {
        guard let input = node.input.first, let alias = aliases[input], let output = node.output.first else { return }
        switch node.opType {
        case "Identity", "Cast": aliases[output] = alias
        case "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Flatten", "DequantizeLinear", "QuantizeLinear", "Slice":
            aliases[output] = (alias.source, false)
        default: break
        }
    }

    private mutating func note(_ name: String, _ use: Use) {
        guard let known = uses[name] else {
            uses[name] = use
            return
        }
        let isWeight = use.purpose == .weight || use.purpose == .embedding
        let wasWeight = known.purpose == .weight || known.purpose == .embedding
        if isWeight && !wasWeight { uses[name] = use }
    }

    private static func use(_ node: ONNXNodeProto, _ place: Int, _ path: String) -> Use? {
        guard let inputs = table[node.opType], place < inputs.count, let (role, purpose) = inputs[place] else {
            return nil
        }
        func integer(_ name: String) -> Int { node.attribute.first { $0.name == name }.map { Int($0.i) } ?? 0 }
        let outputs: OutputIndexing =
            switch (node.opType, place) {
            case ("Conv", 1), ("FusedConv", 1): OutputIndexing(axes: [0])
            case ("Gemm", 1): OutputIndexing(axes: [integer("transB") == 0 ? 1 : 0])
            case ("MatMul", 1), ("Gather", 0): OutputIndexing(axes: [1])
            case ("MatMul", 0): OutputIndexing(axes: [0])
            case ("LSTM", 1), ("LSTM", 2), ("GRU", 1), ("GRU", 2), ("RNN", 1), ("RNN", 2): OutputIndexing(axes: [0, 1])
            case ("ConvTranspose", 1): transposed(node)
            default: .none
            }
        return Use(purpose: purpose, role: role, operatorName: node.opType, node: path, outputs: outputs)
    }

    /// Taps that lie a stride apart feed the same outputs; with dilation they do not fall into phases this simply.
    private static func transposed(_ node: ONNXNodeProto) -> OutputIndexing {
        func list(_ name: String) -> [Int] {
            node.attribute.first { $0.name == name }.map { $0.ints.map { Int($0) } } ?? []
        }
        let size = list("kernel_shape")
        guard !size.isEmpty, !list("dilations").contains(where: { $0 > 1 }),
            !node.attribute.contains(where: { $0.name == "group" && $0.i > 1 })
        else { return OutputIndexing(axes: [1]) }
        let strides = list("strides").isEmpty ? size.map { _ in 1 } : list("strides")
        return OutputIndexing(axes: size.indices.map { $0 + 2 } + [1], moduli: strides + [0])
    }

    private typealias Inputs = [(String, ParameterRole.Purpose)?]

    /// By operator, what its inputs are that may be initialisers.
    private static let table: [String: Inputs] = [
        "Conv": [nil, ("W", .weight), ("B", .bias)],
        "ConvTranspose": [nil, ("W", .weight), ("B", .bias)],
        "Gemm": [("A", .weight), ("B", .weight), ("C", .bias)],
        "MatMul": [("A", .weight), ("B", .weight)],
        "Einsum": [("A", .weight), ("B", .weight)],
        "LSTM": [
            nil, ("W", .weight), ("R", .weight), ("B", .bias), nil, ("initial_h", .state), ("initial_c", .state),
            ("P", .weight),
        ],
        "GRU": [nil, ("W", .weight), ("R", .weight), ("B", .bias), nil, ("initial_h", .state)],
        "RNN": [nil, ("W", .weight), ("R", .weight), ("B", .bias), nil, ("initial_h", .state)],
        "Gather": [("data", .embedding), ("indices", .state)],
        "BatchNormalization": [
            nil, ("scale", .normalisation), ("B", .normalisation), ("input_mean", .statistics),
            ("input_var", .statistics),
        ],
        "LayerNormalization": [nil, ("Scale", .normalisation), ("B", .normalisation)],
        "RMSNormalization": [nil, ("scale", .normalisation)],
        "InstanceNormalization": [nil, ("scale", .normalisation), ("B", .normalisation)],
        "GroupNormalization": [nil, ("scale", .normalisation), ("bias", .normalisation)],
        "PRelu": [nil, ("slope", .activation)],
        "Add": [("addend", .bias), ("addend", .bias)],
        "Mul": [("factor", .normalisation), ("factor", .normalisation)],
        "FusedConv": [nil, ("W", .weight), ("B", .bias)],
        "FusedMatMul": [("A", .weight), ("B", .weight)],
        "FusedGemm": [("A", .weight), ("B", .weight), ("C", .bias)],
        "Attention": [nil, ("weights", .weight), ("bias", .bias)],
        "EmbedLayerNormalization": [
            nil, nil, ("word_embedding", .embedding), ("position_embedding", .embedding),
            ("segment_embedding", .embedding), ("gamma", .normalisation), ("beta", .normalisation),
        ],
        "SkipLayerNormalization": [
            nil, nil, ("gamma", .normalisation), ("beta", .normalisation), ("bias", .bias),
        ],
    ]
}

extension WeightUses.Use {
    /// The same where the axes are not those of the initialiser.
    fileprivate var without: Self {
        var copy = self
        copy.outputs = .none
        return copy
    }
}
