import ModelIO
import Networks
import Tensors
import Testing

@testable import KerasModels

struct RecognitionTests {
    static let config = """
        {"class_name": "Sequential", "config": {"name": "mlp", "layers": [
          {"class_name": "InputLayer", "config": {"batch_input_shape": [null, 4], "name": "in"}},
          {"class_name": "Dense", "config": {"name": "dense", "units": 8, "use_bias": true}},
          {"class_name": "BatchNormalization", "config": {"name": "bn", "axis": [1], "epsilon": NaN}},
          {"class_name": "Dense", "config": {"name": "dense_1", "units": 3}}]}}
        """

    static func wholeModel() throws -> (tree: FileTree, tensors: [TensorInfo]) {
        try file(
            [
                Weight("model_weights/dense/dense/bias:0", [8]),
                Weight("model_weights/dense/dense/kernel:0", [4, 8]),
                Weight("model_weights/bn/bn/beta:0", [8]), Weight("model_weights/bn/bn/gamma:0", [8]),
                Weight("model_weights/bn/bn/moving_mean:0", [8]), Weight("model_weights/bn/bn/moving_variance:0", [8]),
                Weight("model_weights/dense_1/mlp/dense_1/kernel", [8, 3]),
                Weight("model_weights/dense_1/mlp/dense_1/bias", [3]),
                Weight("optimizer_weights/Adam/m/dense/kernel:0", [4, 8]),
                Weight("optimizer_weights/iteration:0", [], .int64),
            ],
            [
                "": [text("model_config", config), text("keras_version", "3.4.1"), text("backend", "tensorflow")],
                "model_weights": [names("layer_names", ["dense", "bn", "dense_1"])],
            ])
    }

    @Test("A whole model: layout, network, roles")
    func whole() throws {
        let document = KerasDocument(try Self.wholeModel())
        #expect(document.layout == .wholeModel)
        #expect(document.kerasVersion == "3.4.1")
        #expect(document.networkIssue == nil)
        #expect(
            document.prunable == [
                "model_weights/dense/dense/kernel:0", "model_weights/dense_1/mlp/dense_1/kernel",
            ])
        #expect(document.role("model_weights/dense/dense/kernel:0")?.reason == "kernel of Dense 'dense'")
        #expect(document.role("model_weights/dense_1/mlp/dense_1/kernel")?.outputs?.axes == [1])
        #expect(document.role("model_weights/bn/bn/moving_mean:0")?.reason == "normalisation statistics")
        #expect(document.roles.allSatisfy { $0.isOptimizerState || $0.parameter != nil })
        #expect(
            document.optimizerTensors == [
                "optimizer_weights/Adam/m/dense/kernel:0", "optimizer_weights/iteration:0",
            ])
    }

    @Test("Weights alone: names tell the roles")
    func legacyWeights() throws {
        let document = KerasDocument(
            try file(
                [
                    Weight("a/a/kernel:0", [4, 8]), Weight("a/a/bias:0", [8]), Weight("e/embeddings", [5, 2]),
                    Weight("n/n/gamma:0", [2, 2]), Weight("old/old_W", [3, 3]), Weight("old/old_b", [3]),
                    Weight("c/thing", [3, 3]), Weight("c/other", [3]),
                ], ["": [fixedNames("layer_names", ["a", "e", "n", "old", "c"])]]))
        #expect(document.layout == .legacyWeights)
        #expect(document.network == nil)
        #expect(document.networkIssue?.contains("weights-only") == true)
        #expect(document.prunable == ["a/a/kernel:0", "e/embeddings", "old/old_W", "c/thing"])
        #expect(document.role("n/n/gamma:0")?.reason == "normalisation parameter")
        #expect(document.role("c/other")?.reason == "rank 1: not a weight matrix")
    }

    static let numbered: [Weight] = [
        Weight("layers/dense/vars/0", [4, 8]), Weight("layers/dense/vars/1", [8]),
        Weight("layers/batch_normalization/vars/0", [8]), Weight("layers/batch_normalization/vars/3", [8]),
        Weight("layers/dense_1/vars/0", [8, 3]), Weight("layers/lstm/cell/vars/1", [4, 16]),
        Weight("layers/embedding/vars/0", [9, 4]), Weight("layers/mine/vars/2", [5, 5]),
        Weight("layers/seed/seed_generator/vars/0", [2], .uint32),
        Weight("metrics/mean/vars/0", [2, 2]), Weight("optimizer/vars/1", [4, 8]),
    ]

    @Test("Numbered variables: paths tell the roles")
    func weightsFile() throws {
        let document = KerasDocument(try file(Self.numbered))
        #expect(document.layout == .weightsFile)
        #expect(
            document.prunable == [
                "layers/dense/vars/0", "layers/dense_1/vars/0", "layers/lstm/cell/vars/1", "layers/embedding/vars/0",
                "layers/mine/vars/2",
            ])
        #expect(document.role("layers/lstm/cell/vars/1")?.role == "recurrent_kernel")
        #expect(document.role("layers/dense/vars/1")?.reason == "bias")
        #expect(document.role("metrics/mean/vars/0")?.reason == "state of a metric")
        #expect(document.optimizerTensors == ["optimizer/vars/1"])
    }

    @Test("Numbered variables with a configuration from elsewhere are bound to its network")
    func weightsFileWithConfig() throws {
        let document = KerasDocument(try file(Self.numbered), config: Self.config)
        #expect(document.role("layers/dense_1/vars/0")?.parameter?.layer == "dense_1")
        #expect(document.role("layers/batch_normalization/vars/3")?.role == "moving_variance")
        #expect(document.role("layers/embedding/vars/0")?.parameter == nil)
    }

    @Test("Plain HDF5: floating-point tensors of rank 2 and more")
    func plain() throws {
        let document = KerasDocument(
            try file([
                Weight("x", [3, 3]), Weight("g/y", [3]), Weight("g/z", [2, 2], .int32),
                Weight("g/o", [2, 2], .opaque16),
            ]))
        #expect(document.layout == .plain)
        #expect(document.prunable == ["x"])
    }

    @Test("A group of a nested model binds its weights by name, whatever their order")
    func nested() throws {
        let config = """
            {"class_name": "Functional", "config": {"name": "m", "layers": [
              {"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
               "config": {"batch_shape": [null, 4], "name": "i"}},
              {"class_name": "Sequential", "name": "inner", "inbound_nodes": [[["i", 0, 0, {}]]],
               "config": {"name": "inner", "layers": [
                 {"class_name": "Dense", "config": {"name": "d", "units": 4}},
                 {"class_name": "Sequential", "config": {"name": "deep", "layers": [
                    {"class_name": "Dense", "config": {"name": "d", "units": 4}}]}}]}}],
              "input_layers": [["i", 0, 0]], "output_layers": [["inner", 1, 0]]}}
            """
        let document = KerasDocument(
            try file(
                [
                    Weight("model_weights/inner/deep/d/kernel", [4, 4]), Weight("model_weights/inner/deep/d/bias", [4]),
                    Weight("model_weights/inner/inner/d/kernel", [4, 4]),
                    Weight("model_weights/inner/inner/d/bias", [4]),
                ],
                [
                    "": [text("model_config", config)], "model_weights": [names("layer_names", ["i", "inner"])],
                ]))
        #expect(
            document.roles.map(\.parameter?.layer) == ["inner/deep/d", "inner/deep/d", "inner/d", "inner/d"])
    }

    @Test("Split and fixed-length lists of names")
    func splitNames() throws {
        let parts = [fixedNames("layer_names0", ["a", "bb"]), fixedNames("layer_names1", ["c"])]
        let tree = try file([Weight("a/k", [2, 2])], ["": parts]).tree
        #expect(KerasLayout(of: tree) == .legacyWeights)
        #expect(StringAttribute.names(of: "layer_names", on: tree.entries[0]) == ["a", "bb", "c"])
        let longer = StringAttribute.rewriting(parts[0]) { $0 == "a" ? "longer" : nil }
        #expect(longer.value.strings == ["longer"])
    }

    @Test("A quantised layer is left alone, scales and bias included")
    func quantized() throws {
        let legacy = KerasDocument(
            try file(
                [
                    Weight("q/s/q/kernel", [16, 8], .int8), Weight("q/s/q/kernel_scale", [2, 8]),
                    Weight("q/s/q/bias", [8]), Weight("d/d/kernel", [8, 8]),
                ], ["": [names("layer_names", ["q", "d"])]]))
        #expect(legacy.prunable == ["d/d/kernel"])
        #expect(legacy.role("q/s/q/kernel_scale")?.reason == "part of a quantised layer")
        let numbered = KerasDocument(
            try file([Weight("layers/dense/vars/0", [8, 8], .int8), Weight("layers/dense/vars/2", [2, 8])]))
        #expect(numbered.prunable.isEmpty)
    }

    @Test("A configuration that cannot be read leaves roles by name", arguments: ["{", "[]", "{\"class_name\": 1}"])
    func brokenConfig(config: String) throws {
        var (tree, tensors) = try Self.wholeModel()
        tree.entries[0].attributes = [text("model_config", config)]
        let document = KerasDocument(tree: tree, tensors: tensors)
        #expect(document.network == nil)
        #expect(document.networkIssue != nil)
        #expect(document.prunable.count == 2)
    }

    @Test(
        "Class names in paths",
        arguments: [
            ("Dense", "dense"), ("Conv2DTranspose", "conv2d_transpose"), ("PReLU", "p_re_lu"), ("LSTM", "lstm"),
            ("BatchNormalization", "batch_normalization"), ("SeparableConv2D", "separable_conv2d"),
            ("GlobalAveragePooling2D", "global_average_pooling2d"), ("InputLayer", "input_layer"),
            ("MultiHeadAttention", "multi_head_attention"), ("ReLU", "re_lu"), ("ELU", "elu"),
        ])
    func snakeCase(name: String, expected: String) { #expect(KerasPaths.snakeCase(name) == expected) }
}

struct LegacyNameTests {
    @Test("Layer names with slashes, and weights that a scope renamed")
    func slashes() throws {
        let config = """
            {"class_name": "Sequential", "config": {"name": "s", "layers": [
              {"class_name": "Dense", "config": {"name": "block1", "units": 4, "batch_input_shape": [null, 4]}},
              {"class_name": "Dense", "config": {"name": "block1/conv", "units": 5}},
              {"class_name": "Sequential", "config": {"name": "inner", "layers": [
                {"class_name": "BatchNormalization", "config": {"name": "bn"}}]}}]}}
            """
        let document = KerasDocument(
            try file(
                [
                    Weight("model_weights/block1/block1/kernel:0", [4, 4]),
                    Weight("model_weights/block1/conv/block1/conv/kernel:0", [4, 5]),
                    Weight("model_weights/inner/bn_1/gamma:0", [5]),
                    Weight("model_weights/inner/bn_1/beta:0", [5]),
                ],
                [
                    "": [text("model_config", config)],
                    "model_weights": [names("layer_names", ["block1", "block1/conv", "inner"])],
                ]))
        #expect(
            document.roles.map { "\($0.parameter?.layer ?? "-") \($0.role ?? "-")" } == [
                "block1 kernel", "block1/conv kernel", "inner/bn gamma", "inner/bn beta",
            ])
    }

    @Test("A weight of another shape than the network's is not bound, and judged by name")
    func otherShape() throws {
        var (tree, tensors) = try RecognitionTests.wholeModel()
        tensors[1].shape = try Shape([5, 5])
        let document = KerasDocument(tree: tree, tensors: tensors)
        #expect(document.roles[1].parameter == nil)
        #expect(document.roles[1].isPrunable)
        tree.entries.removeAll()
        #expect(KerasDocument(tree: tree, tensors: []).layout == .plain)
    }
}
