import Tensors
import Testing

@testable import Networks

struct HostileConfigTests {
    @Test(
        "Text that is no model is malformed",
        arguments: [
            "", "{", "[1, 2", "nul", "[]", "{}", "3", "\"x\"", "{\"class_name\": \"Sequential\"}",
            "{\"class_name\": 3, \"config\": []}", "{\"class_name\": \"Sequential\", \"config\": [1]}",
            "{\"class_name\": \"Sequential\", \"config\": [{\"class_name\": \"Dense\", \"config\": {}}]}",
            String(repeating: "[", count: 100_000), String(repeating: "{\"a\":", count: 100_000),
        ])
    func noModel(_ text: String) {
        #expect { try Network(kerasConfig: text) } throws: { ($0 as? SparsifyError)?.code == .malformed }
    }

    static let layers: [(String, [String: JSONValue])] = [
        ("Dense", [:]), ("Dense", ["units": 0]), ("Dense", ["units": -3]), ("Dense", ["units": "8"]),
        ("Dense", ["units": .number(1e30)]), ("Dense", ["units": .number(2.5)]), ("Dense", ["units": .integer(.max)]),
        ("Dense", ["units": 2, "use_bias": "yes"]), ("Dense", ["units": 2, "activation": 7]),
        ("Conv2D", ["filters": 2, "kernel_size": [3, 3, 3]]), ("Conv2D", ["filters": 2, "kernel_size": [0, 1]]),
        ("Conv2D", ["filters": 2, "kernel_size": 99]), ("Conv2D", ["filters": 2, "kernel_size": .integer(.max)]),
        ("Conv2D", ["filters": .integer(.max), "kernel_size": 2]),
        ("Conv2D", ["filters": 2, "kernel_size": 2, "dilation_rate": .integer(.max)]),
        ("Conv2D", ["filters": 2, "kernel_size": 2, "strides": 0]),
        ("Conv2D", ["filters": 2, "kernel_size": 2, "padding": "full"]),
        ("Conv2D", ["filters": 2, "kernel_size": 2, "data_format": "NHWC"]),
        ("Conv2D", ["filters": 3, "kernel_size": 2, "groups": 2]), ("Conv3D", ["filters": 3, "kernel_size": 1]),
        ("Conv2DTranspose", ["filters": 2, "kernel_size": 2, "strides": .integer(.max)]),
        ("Conv2DTranspose", ["filters": 2, "kernel_size": 2, "output_padding": -1]),
        ("DepthwiseConv2D", ["kernel_size": 2, "depth_multiplier": .integer(.max)]),
        ("UpSampling2D", ["size": .integer(.max)]), ("ZeroPadding2D", ["padding": .integer(.max)]),
        ("ZeroPadding2D", ["padding": [[1, 2], [3]]]), ("Cropping2D", ["cropping": 4]), ("MaxPooling2D", [:]),
        ("Reshape", ["target_shape": [7]]), ("Reshape", ["target_shape": [-1, -1]]),
        ("Reshape", ["target_shape": [0, -1]]), ("Reshape", ["target_shape": [.integer(.max), .integer(.max)]]),
        ("Permute", ["dims": [1, 1, 2]]), ("Permute", ["dims": [0, 1, 2]]), ("RepeatVector", ["n": -1]),
        ("Concatenate", ["axis": 9]), ("Concatenate", ["axis": 0]), ("BatchNormalization", ["axis": 17]),
        ("LayerNormalization", ["axis": [.integer(.min)]]), ("GroupNormalization", ["groups": 3]),
        ("PReLU", ["shared_axes": [0]]), ("Subtract", [:]), ("LSTM", ["units": 4]),
        ("MultiHeadAttention", ["num_heads": 2, "key_dim": 2]), ("TimeDistributed", [:]),
        ("TimeDistributed", ["layer": "Dense"]), ("EinsumDense", ["equation": "ab->c", "output_shape": 3]),
        ("EinsumDense", ["equation": "abc,cd->abd", "output_shape": [3, 4, 5, 6]]),
        ("Embedding", ["input_dim": .integer(.max), "output_dim": .integer(.max)]),
        ("Resizing", ["height": 0, "width": 3]), ("Resizing", [:]), ("CenterCrop", ["height": -1, "width": 2]),
        ("AdaptiveMaxPooling2D", ["output_size": .integer(.max)]), ("AdaptiveMaxPooling1D", ["output_size": 2]),
        ("LocallyConnected2D", ["filters": .integer(.max), "kernel_size": 2]),
        ("LocallyConnected2D", ["filters": 2, "kernel_size": 5]), ("Dot", ["axes": 1]), ("Dot", [:]),
        ("CategoryEncoding", ["num_tokens": .integer(.max)]), ("CategoryEncoding", [:]),
        ("CategoryEncoding", ["num_tokens": 3, "output_mode": "none"]),
        ("Normalization", ["mean": [1, 2], "variance": [1, 2]]), ("Normalization", ["mean": 1]),
        ("Normalization", ["mean": [1, [2]], "variance": 1]),
        ("ConvLSTM2D", ["filters": 2, "kernel_size": 2]),
        ("ConvLSTM1D", ["filters": .integer(.max), "kernel_size": 1]),
        ("ConvLSTM1D", ["filters": 2, "kernel_size": 9]), ("RNN", [:]),
        ("RNN", ["cell": layer("StackedRNNCells", [:])]),
        ("Bidirectional", ["layer": layer("GRU", ["name": "g"])]), ("Masking", ["mask_value": "x"]),
        ("GroupedQueryAttention", ["head_dim": 2, "num_query_heads": 3, "num_key_value_heads": 2]),
        ("MultiHeadAttention", ["num_heads": .integer(.max), "key_dim": .integer(.max)]),
        ("Attention", [:]), ("Attention", ["score_mode": "sum"]), ("UnitNormalization", ["axis": 9]),
        ("Softmax", ["axis": 9]), ("Softmax", ["axis": 0]), ("SpectralNormalization", [:]),
    ]

    @Test("A layer that cannot be is malformed, and its name is told", arguments: layers.indices)
    func impossibleLayer(_ index: Int) {
        let example = Self.layers[index]
        #expect(
            performing: {
                try Network(kerasConfig: sequential([4, 4, 4], [example])).operationCounts()
            },
            throws: { error in
                guard let error = error as? SparsifyError else { return false }
                return error.code == .malformed && error.message.contains("'l0'")
            })
    }

    static let graphs: [JSONValue] = [
        // A circle.
        functional(
            [
                node("InputLayer", "i", [:], []), node("Dense", "a", ["units": 2], [[("b", 0)]]),
                node("Dense", "b", ["units": 2], [[("a", 0)]]),
            ], inputs: ["i"], outputs: [("b", 0)]),
        // A layer that feeds itself.
        functional([node("Add", "a", [:], [[("a", 0), ("a", 0)]])], inputs: [], outputs: [("a", 0)]),
        // Layers and calls that are not there.
        functional([node("Dense", "a", ["units": 2], [[("x", 0)]])], inputs: [], outputs: [("a", 0)]),
        functional([node("InputLayer", "i", [:], [])], inputs: ["i"], outputs: [("i", 1)]),
        functional([node("InputLayer", "i", [:], [])], inputs: ["j"], outputs: [("i", 0)]),
        // Two layers of one name.
        functional([node("InputLayer", "i", [:], []), node("InputLayer", "i", [:], [])], inputs: ["i"], outputs: []),
        // A nested model with another number of inputs.
        functional(
            [
                node("InputLayer", "i", ["batch_shape": [.null, 3]], []),
                nested(
                    "f", functional([node("InputLayer", "k", [:], [])], inputs: ["k"], outputs: [("k", 0)]),
                    [[("i", 0), ("i", 0)]]),
            ], inputs: ["i"], outputs: [("f", 1)]),
        // A shape with a negative extent.
        sequential([-1], []),
    ]

    static func nested(_ name: String, _ model: JSONValue, _ calls: [[(String, Int)]]) -> JSONValue {
        guard case .object(var fields) = model, case .object(let call) = node("Functional", name, [:], calls) else {
            return .null
        }
        fields["name"] = .string(name)
        fields["inbound_nodes"] = call["inbound_nodes"]
        return .object(fields)
    }

    @Test("Graphs that cannot be are malformed", arguments: graphs.indices.dropLast())
    func impossibleGraph(_ index: Int) {
        #expect { try Network(kerasConfig: Self.graphs[index]) } throws: {
            ($0 as? SparsifyError)?.code == .malformed
        }
    }

    @Test("A layer of a circle is named, not one that only follows from it")
    func circle() {
        let graph = functional(
            [
                node("InputLayer", "i", ["batch_shape": [.null, 2]], []),
                node("Dense", "after", ["units": 2], [[("b", 0)]]), node("Dense", "a", ["units": 2], [[("b", 0)]]),
                node("Add", "b", [:], [[("i", 0), ("a", 0)]]),
            ], inputs: ["i"], outputs: [("after", 0)])
        #expect { try Network(kerasConfig: graph) } throws: {
            let text = "\($0)"
            return (text.contains("'a'") || text.contains("'b'")) && !text.contains("'after'")
        }
    }

    @Test("Models that call models that call models do not multiply without end")
    func explosion() {
        var model = functional(
            [
                node("InputLayer", "i", ["batch_shape": [.null, 3]], []),
                node("Dense", "d", ["units": 3], [[("i", 0)]]),
            ],
            inputs: ["i"], outputs: [("d", 0)])
        for level in 0..<30 {
            let name = "m\(level)"
            model = functional(
                [
                    node("InputLayer", "i", ["batch_shape": [.null, 3]], []),
                    Self.nested(name, model, [[("i", 0)], [(name, 1)], [(name, 2)], [(name, 3)]]),
                ], inputs: ["i"], outputs: [(name, 4)])
        }
        #expect {
            try NetworkBuilder.build(ModelConfig(model), maximumWork: 10_000)
        } throws: {
            ($0 as? SparsifyError)?.code == .malformed
        }
    }

    @Test("Counts that no integer holds are malformed")
    func overflow() throws {
        let network = try Network(
            kerasConfig: sequential(
                [1 << 20, 1 << 20, 2], [("Conv2D", ["filters": .integer(1 << 22), "kernel_size": 1])]))
        #expect { try network.operationCounts() } throws: { ($0 as? SparsifyError)?.code == .malformed }
    }

    @Test("A model that does not describe its layers is not supported, which is no fault of the file")
    func subclassed() {
        let text = "{\"class_name\": \"MyModel\", \"config\": {\"units\": 3}}"
        #expect { try Network(kerasConfig: text) } throws: { ($0 as? SparsifyError)?.code == .unsupported }
    }
}
