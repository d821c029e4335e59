import Tensors
import Testing

@testable import Networks

struct DialectTests {
    /// One model, 4 → 3 → 2, as each generation of Keras writes it.
    static let dialects: [(name: String, config: String)] = [
        (
            "Keras 1 and 2, sequential: a plain list",
            """
            {"class_name": "Sequential", "config": [
              {"class_name": "Dense", "config": {"name": "a", "output_dim": 3, "batch_input_shape": [null, 4],
                "W_regularizer": null, "bias": true, "activation": "relu"}},
              {"class_name": "Dense", "config": {"name": "b", "units": 2, "activation": "softmax"}}]}
            """
        ),
        (
            "tf_keras, sequential",
            """
            {"class_name": "Sequential", "keras_version": "2.15.0", "backend": "tensorflow", "config": {"name": "s",
             "layers": [
              {"module": "keras.layers", "class_name": "InputLayer", "registered_name": null,
               "config": {"batch_input_shape": [null, 4], "dtype": "float32", "name": "i"}},
              {"module": "keras.layers", "class_name": "Dense", "registered_name": null, "config": {"name": "a",
                "units": 3, "activation": "relu"}, "build_config": {"input_shape": [null, 4]}},
              {"module": "keras.layers", "class_name": "Dense", "registered_name": null, "config": {"name": "b",
                "units": 2}}]}}
            """
        ),
        (
            "Keras 3, sequential built on first use",
            """
            {"module": "keras", "class_name": "Sequential", "registered_name": null,
             "build_config": {"input_shape": [null, 4]}, "config": {"name": "s", "layers": [
              {"module": "keras.layers", "class_name": "Dense", "registered_name": null, "config": {"name": "a",
                "units": 3, "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}},
                "activation": {"module": "builtins", "class_name": "function", "config": "mine"}}},
              {"module": "keras.layers", "class_name": "Dense", "registered_name": null, "config": {"name": "b",
                "units": 2, "activation": {"module": "keras.layers", "class_name": "ReLU",
                "config": {"max_value": 6.0, "threshold": -Infinity}}}}]}}
            """
        ),
        (
            "Keras 2, functional",
            """
            {"class_name": "Model", "config": {"name": "m", "layers": [
              {"class_name": "Dense", "name": "b", "config": {"name": "b", "units": 2},
               "inbound_nodes": [[["a", 0, 0, {}]]]},
              {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 3},
               "inbound_nodes": [["i", 0, 0, {}]]},
              {"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
               "config": {"batch_input_shape": [null, 4], "name": "i"}}],
              "input_layers": ["i", 0, 0], "output_layers": [["b", 0, 0]]}}
            """
        ),
        (
            "Keras 3, functional",
            """
            {"module": "keras.src.models.functional", "class_name": "Functional", "registered_name": "Functional",
             "config": {"name": "m", "layers": [
              {"class_name": "InputLayer", "name": "i", "inbound_nodes": [], "module": "keras.layers",
               "config": {"batch_shape": {"class_name": "__tuple__", "items": [null, 4]}, "name": "i"}},
              {"class_name": "Dense", "name": "a", "config": {"name": "a", "units": 3}, "module": "keras.layers",
               "inbound_nodes": [{"args": [{"class_name": "__keras_tensor__", "config": {"shape": [null, 4],
                 "dtype": "float32", "keras_history": ["i", 0, 0]}}], "kwargs": {}}]},
              {"class_name": "Dense", "name": "b", "config": {"name": "b", "units": 2}, "module": "keras.layers",
               "inbound_nodes": [{"args": [], "kwargs": {"mask": null, "inputs": {"class_name": "__keras_tensor__",
                 "config": {"shape": [null, 3], "dtype": "float32", "keras_history": ["a", 0, 0]}}}}]}],
              "input_layers": {"x": ["i", 0, 0]}, "output_layers": [["b", 0, 0]]}}
            """
        ),
    ]

    @Test("Every dialect of a model is the same network", arguments: dialects.indices)
    func same(_ index: Int) throws {
        let network = try Network(kerasConfig: Self.dialects[index].config)
        let counts = try network.operationCounts()
        #expect(counts.isComplete)
        #expect(counts.dense == OperationCounts(multiplications: 18, additions: 18), "\(Self.dialects[index].name)")
        #expect(network.layer(at: "a")?.parameters.map(\.shape?.dimensions) == [[4, 3], [3]])
        #expect(network.program[network.outputs[0]].extents == [2])
    }

    @Test(
        "JSON text goes in and out",
        arguments: ["{\"a\": [1, -2.5, true, null, \"\\u00e9\\n\\\"\"], \"b\": {}}", "[NaN, Infinity, -Infinity]"])
    func text(_ text: String) throws {
        #expect(try JSONValue(parsing: text).text == text.replacing("\\n", with: "\\u000a"))
    }
}
