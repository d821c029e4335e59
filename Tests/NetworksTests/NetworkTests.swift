import Tensors
import Testing

@testable import Networks

struct NetworkTests {
    private func parameters(_ network: Network, _ path: String) -> [String] {
        network.layer(at: path)?.parameters.map { "\($0.role.name) \($0.shape.map(\.description) ?? "?")" } ?? []
    }

    @Test(
        "Parameters in Keras's order, with their shapes",
        arguments: [
            (
                "Conv2D", [5, 5, 4], ["filters": 6, "kernel_size": 3, "groups": 2],
                ["kernel (3, 3, 2, 6)", "bias (6,)"]
            ),
            (
                "SeparableConv2D", [5, 5, 4], ["filters": 6, "kernel_size": [3, 2], "depth_multiplier": 2],
                ["depthwise_kernel (3, 2, 4, 2)", "pointwise_kernel (1, 1, 8, 6)", "bias (6,)"]
            ),
            ("DepthwiseConv1D", [5, 4], ["kernel_size": 3, "use_bias": false], ["depthwise_kernel (3, 4, 1)"]),
            ("Conv2DTranspose", [5, 5, 4], ["filters": 6, "kernel_size": 3], ["kernel (3, 3, 6, 4)", "bias (6,)"]),
            (
                "BatchNormalization", [5, 4], [:],
                ["gamma (4,)", "beta (4,)", "moving_mean (4,)", "moving_variance (4,)"]
            ),
            (
                "BatchNormalization", [5, 4], ["scale": false, "axis": 1],
                ["beta (5,)", "moving_mean (5,)", "moving_variance (5,)"]
            ),
            ("LayerNormalization", [5, 4], ["axis": [1, 2], "center": false], ["gamma (5, 4)"]),
            ("PReLU", [5, 4], ["shared_axes": [1]], ["alpha (1, 4)"]),
            ("Normalization", [4], [:], ["mean (4,)", "variance (4,)", "count ()"]),
            ("Embedding", [7], ["input_dim": 9, "output_dim": 2], ["embeddings (9, 2)"]),
            ("GRU", [6, 3], ["units": 2], ["kernel (3, 6)", "recurrent_kernel (2, 6)", "bias (6,)"]),
            (
                "GRU", [6, 3], ["units": 2, "reset_after": true],
                ["kernel (3, 6)", "recurrent_kernel (2, 6)", "bias (2, 6)"]
            ),
            ("LSTM", [6, 3], ["units": 2, "use_bias": false], ["kernel (3, 8)", "recurrent_kernel (2, 8)"]),
            (
                "TimeDistributed", [6, 3], ["layer": layer("Dense", ["name": "d", "units": 2])],
                ["kernel (3, 2)", "bias (2,)"]
            ),
            (
                "Bidirectional", [6, 3],
                ["merge_mode": "concat", "layer": layer("SimpleRNN", ["name": "r", "units": 2, "use_bias": false])],
                [
                    "forward/kernel (3, 2)", "forward/recurrent_kernel (2, 2)", "backward/kernel (3, 2)",
                    "backward/recurrent_kernel (2, 2)",
                ]
            ),
            (
                "EinsumDense", [6, 3], ["equation": "abc,cd->abd", "output_shape": [.null, 5], "bias_axes": "d"],
                ["kernel (3, 5)", "bias (5,)"]
            ),
            // As Keras 1 has it.
            (
                "Convolution2D", [4, 5, 5],
                ["nb_filter": 6, "nb_row": 3, "nb_col": 2, "dim_ordering": "th", "bias": false],
                ["kernel (3, 2, 4, 6)"]
            ),
        ] as [(String, [Int?], [String: JSONValue], [String])])
    func shapes(className: String, input: [Int?], fields: [String: JSONValue], expected: [String]) throws {
        let network = try Network(kerasConfig: sequential(input, [(className, fields)]))
        #expect(parameters(network, "l0") == expected)
    }

    @Test("Weights and embeddings are prunable, all else is not")
    func prunable() throws {
        let network = try Network(
            kerasConfig: sequential(
                [8, 3],
                [
                    ("Conv1D", ["filters": 4, "kernel_size": 2]), ("BatchNormalization", [:]), ("PReLU", [:]),
                    ("LSTM", ["units": 2]),
                ]))
        let roles = network.layers.flatMap { layer in layer.parameters.map { (layer.className, $0.role) } }
        #expect(
            roles.filter { $0.1.isPrunable }.map { "\($0.0) \($0.1.name)" } == [
                "Conv1D kernel", "LSTM kernel", "LSTM recurrent_kernel",
            ])
        #expect(roles.last?.1.weightsPath == "cell/vars/2")
    }

    static let residual: [JSONValue] = [
        node("InputLayer", "i", ["batch_input_shape": [.null, 4]], []),
        node("Dense", "shared", ["units": 4, "use_bias": false], [[("i", 0)], [("shared", 0)]]),
        node("Add", "sum", [:], [[("i", 0), ("shared", 1)]]),
    ]

    @Test("A shared layer has its parameters once and its operations for each call")
    func shared() throws {
        let network = try Network(kerasConfig: functional(Self.residual, inputs: ["i"], outputs: [("sum", 0)]))
        let counts = try network.operationCounts { _ in WeightEvidence(nonzeros: 3, occupiedOutputs: 2) }
        #expect(parameters(network, "shared") == ["kernel (4, 4)"])
        #expect(counts.layers[1].calls == 2)
        #expect(counts.layers[1].dense == OperationCounts(multiplications: 32, additions: 24))
        #expect(counts.layers[1].sparse == OperationCounts(multiplications: 6, additions: 2))
        #expect(counts.dense == OperationCounts(multiplications: 32, additions: 28))
        #expect(network.inputs.count == 1)
        #expect(network.program[network.outputs[0]].extents == [4])
    }

    @Test("Nested models: layers by path, calls counted from 1 as tf_keras does or from 0", arguments: [0, 1])
    func nested(first: Int) throws {
        let inner = HostileConfigTests.nested(
            "inner", functional(Self.residual, inputs: ["i"], outputs: [("sum", 0)]), [[("x", 0)], [("inner", first)]])
        let network = try Network(
            kerasConfig: functional(
                [node("InputLayer", "x", ["batch_shape": [.null, 4]], []), inner], inputs: ["x"],
                outputs: [("inner", first + 1)]))
        #expect(network.layers.map(\.path) == ["x", "inner", "inner/i", "inner/shared", "inner/sum"])
        #expect(parameters(network, "inner/shared") == ["kernel (4, 4)"])
        let counts = try network.operationCounts()
        #expect(counts.layers.map(\.path) == ["x", "inner/i", "inner/shared", "inner/sum"])
        #expect(counts.dense == OperationCounts(multiplications: 64, additions: 56))
    }

    @Test("What is not understood leaves the network whole: operations unknown by name, with the reason")
    func unknown() throws {
        let network = try Network(
            kerasConfig: sequential(
                [4],
                [
                    ("Dense", ["units": 3]), ("Lambda", ["function": ["4wEAAA==", .null, .null]]),
                    ("Dense", ["units": 2]),
                    ("ReLU", [:]),
                ]))
        let counts = try network.operationCounts()
        #expect(!counts.isComplete)
        #expect(counts.dense == OperationCounts(multiplications: 12, additions: 12))
        #expect(counts.unknown.map(\.path) == ["l1", "l2", "l3"])
        #expect(counts.unknown[0].issue == "layers of class 'Lambda' are not known")
        #expect(counts.unknown[2].issue == "its input comes from 'l1': layers of class 'Lambda' are not known")
        #expect(network.layer(at: "l2")?.parameters.map(\.role.name) == ["kernel", "bias"])
        #expect(network.layer(at: "l2")?.parameters.map(\.shape) == [nil, nil])
    }

    @Test("Open extents: what does not depend on them is counted")
    func open() throws {
        let network = try Network(
            kerasConfig: sequential(
                [nil, nil, 3],
                [
                    ("Conv2D", ["filters": 4, "kernel_size": 3]), ("GlobalMaxPooling2D", [:]), ("Dense", ["units": 2]),
                ]))
        let counts = try network.operationCounts()
        #expect(counts.unknown.map(\.path) == ["l0"])
        #expect(counts.unknown[0].issue == "the model leaves the size of its input open")
        #expect(counts.layers[1].outputs == [[nil, nil, 4]])
        #expect(counts.dense == OperationCounts(multiplications: 8, additions: 8))
    }

    @Test("A class of the user's own is not taken for Keras's of the same name")
    func custom() throws {
        var json = sequential([4], [("Dense", ["units": 3])])
        let text = json.text.replacing(
            "\"class_name\": \"Dense\"", with: "\"class_name\": \"Dense\", \"module\": \"mine\"")
        json = try JSONValue(parsing: text)
        #expect(try Network(kerasConfig: json).layer(at: "l0")?.issue == "layers of class 'Dense' are not known")
    }

    @Test("Inputs come in the order of the model, whatever that of its layers")
    func inputOrder() throws {
        let nodes = [
            node("InputLayer", "a", ["batch_shape": [.null, 2]], []),
            node("InputLayer", "b", ["batch_shape": [.null, 3]], []),
            node("Concatenate", "c", [:], [[("a", 0), ("b", 0)]]),
        ]
        for order in [["a", "b"], ["b", "a"]] {
            let network = try Network(kerasConfig: functional(nodes, inputs: order, outputs: [("c", 0)]))
            #expect(network.inputNames == order)
            #expect(network.inputs.map { network.program[$0].extents } == order.map { $0 == "a" ? [2] : [3] })
        }
    }
}
