import Tensors
import Testing

@testable import Networks

/// Functions that Keras 3 and TensorFlow leave in functional models.
struct OperationTests {
    private static let x = """
        {"class_name": "__keras_tensor__", "config": {"shape": [null, 4, 6], "dtype": "float32",
         "keras_history": ["x", 0, 0]}}
        """

    private func network(_ className: String, _ options: String, _ arguments: String) throws -> Network {
        try Network(
            kerasConfig: """
                {"class_name": "Functional", "config": {"name": "m", "layers": [
                  {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                   "config": {"batch_shape": [null, 4, 6], "name": "x"}},
                  {"class_name": "\(className)", "name": "f", "config": {"name": "f"\(options)},
                   "inbound_nodes": [{"args": [\(arguments.replacing("$x", with: Self.x))], "kwargs": {}}]}],
                 "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}}
                """)
    }

    static let shapes: [(String, String, String, Extents)] = [
        ("Add", "", "$x, 1", [4, 6]), ("Subtract", "", "1, $x", [4, 6]), ("Power", "", "$x, 2", [4, 6]),
        ("Greater", "", "$x, 0", [4, 6]), ("Where", "", "$x, $x, 0.5", [4, 6]), ("Relu", "", "$x", [4, 6]),
        ("Clip", ", \"x_min\": 0, \"x_max\": 1", "$x", [4, 6]), ("Cast", ", \"dtype\": \"int32\"", "$x", [4, 6]),
        ("Mean", ", \"axis\": 1, \"keepdims\": false", "$x", [6]),
        ("Sum", ", \"axis\": [1, -1], \"keepdims\": true", "$x", [1, 1]),
        ("Argmax", ", \"axis\": -1, \"keepdims\": false", "$x", [4]),
        ("Reshape", ", \"newshape\": [-1, 24]", "$x", [24]), ("Transpose", ", \"axes\": [0, 2, 1]", "$x", [6, 4]),
        ("ExpandDims", ", \"axis\": -1", "$x", [4, 6, 1]), ("Stack", ", \"axis\": 1", "[$x, $x]", [2, 4, 6]),
        ("Concatenate", ", \"axis\": 2", "[$x, $x]", [4, 12]),
        ("Split", ", \"indices_or_sections\": 2, \"axis\": 1", "$x", [2, 6]),
        ("Pad", ", \"pad_width\": [[0, 0], [1, 2], [0, 0]], \"mode\": \"reflect\"", "$x", [7, 6]),
        ("Repeat", ", \"repeats\": 3, \"axis\": 1", "$x", [12, 6]), ("Tile", ", \"repeats\": [1, 2, 1]", "$x", [8, 6]),
        ("Einsum", ", \"subscripts\": \"bij,bkj->bik\"", "$x, $x", [4, 4]),
        ("OneHot", ", \"num_classes\": 3, \"axis\": -1", "$x", [4, 6, 3]),
        ("Take", ", \"axis\": 1", "$x, [0, 2]", [2, 6]), ("Cumsum", ", \"axis\": 1", "$x", [4, 6]),
        ("GetItem", "", "$x, [{\"class_name\": \"__slice__\", \"config\": {}}, 0]", [6]),
        ("GetItem", "", "$x, [{\"class_name\": \"__ellipsis__\", \"config\": {}}, null]", [4, 6, 1]),
        (
            "GetItem", "",
            "$x, [{\"class_name\": \"__slice__\", \"config\": {}}, {\"class_name\": \"__slice__\", \"config\": {\"start\": -3, \"step\": 2}}]",
            [2, 6]
        ),
    ]

    @Test("Shapes", arguments: shapes.indices)
    func shape(_ index: Int) throws {
        let (name, options, arguments, expected) = Self.shapes[index]
        let network = try network(name, options, arguments)
        #expect(network.program[network.outputs[0]].extents == expected)
        let counts = try network.operationCounts()
        #expect(counts.isComplete, "\(counts.unknown.map { $0.issue ?? "" })")
    }

    static let unsupported: [(String, String, String)] = [
        ("Mean", ", \"axis\": null", "$x"), ("Sum", ", \"axis\": 0", "$x"), ("Transpose", "", "$x"),
        ("Reshape", ", \"newshape\": [4, 6]", "$x"), ("Concatenate", ", \"axis\": 0", "[$x, $x]"),
        ("GetItem", "", "$x, [0]"), ("Flip", ", \"axis\": null", "$x"),
        ("Einsum", ", \"subscripts\": \"bij,bkj->ik\"", "$x, $x"), ("Reshape", ", \"newshape\": [-1, 12]", "$x"),
        ("Add", "", "$x, \"text\""), ("Add", "", "$x, [[[1]], [[2]]]"), ("Take", ", \"axis\": 1", "$x, [[0]]"),
        ("Round", ", \"decimals\": 2", "$x"), ("Pad", ", \"pad_width\": 1, \"mode\": \"constant\"", "$x"),
    ]

    @Test(
        "What mixes examples, or is not known beforehand, is not supported and says so", arguments: unsupported.indices)
    func beyond(_ index: Int) throws {
        let (name, options, arguments) = Self.unsupported[index]
        let counts = try network(name, options, arguments).operationCounts()
        #expect(counts.unknown.map(\.path) == ["f"])
        #expect(counts.unknown.first?.issue?.isEmpty == false)
    }

    static let malformed: [(String, String, String)] = [
        ("Mean", ", \"axis\": 7", "$x"), ("Sum", ", \"axis\": [1, 1]", "$x"),
        ("Split", ", \"indices_or_sections\": 5, \"axis\": 1", "$x"), ("Take", ", \"axis\": 1", "$x, [9]"),
        ("GetItem", "", "$x, [{\"class_name\": \"__slice__\", \"config\": {}}, 9]"),
        ("Repeat", ", \"repeats\": 9223372036854775807, \"axis\": 1", "$x"),
        ("Pad", ", \"pad_width\": [[0, 0], [9, 0], [0, 0]], \"mode\": \"reflect\"", "$x"),
        ("Squeeze", ", \"axis\": 1", "$x"), ("OneHot", ", \"num_classes\": 9223372036854775807", "$x"),
        ("Pad", ", \"pad_width\": [[0, 0], [9223372036854775807, 1], [0, 0]]", "$x"),
        ("Einsum", ", \"subscripts\": \"bi,bk->bik\"", "$x, $x"),
    ]

    @Test("What cannot be is malformed", arguments: malformed.indices)
    func impossible(_ index: Int) {
        let (name, options, arguments) = Self.malformed[index]
        #expect { try network(name, options, arguments).operationCounts() } throws: {
            ($0 as? SparsifyError)?.code == .malformed
        }
    }

    @Test(
        "Functions of TensorFlow are the same ones",
        arguments: [
            ("math.reduce_mean", "{\"axis\": 1}", [6]), ("__operators__.add", "{\"y\": 1, \"name\": null}", [4, 6]),
            ("reshape", "{\"shape\": [-1, 24]}", [24]), ("compat.v1.transpose", "{\"perm\": [0, 2, 1]}", [6, 4]),
            ("split", "{\"num_or_size_splits\": [1, 3], \"axis\": 1}", [1, 6]),
            ("nn.relu", "{\"name\": null}", [4, 6]),
            (
                "__operators__.getitem", "{\"slice_spec\": [{\"start\": null, \"stop\": null, \"step\": null}, 0]}",
                [6]
            ),
            ("linalg.matmul", "{\"b\": [\"x\", 0, 0], \"transpose_b\": true}", [4, 4]),
        ] as [(String, String, [Int])])
    func old(function: String, arguments: String, expected: [Int]) throws {
        let className = function.hasSuffix("getitem") ? "SlicingOpLambda" : "TFOpLambda"
        let network = try Network(
            kerasConfig: """
                {"class_name": "Functional", "config": {"name": "m", "layers": [
                  {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
                   "config": {"batch_input_shape": [null, 4, 6], "name": "x"}},
                  {"class_name": "\(className)", "name": "f", "inbound_nodes": [["x", 0, 0, \(arguments)]],
                   "config": {"name": "f", "trainable": true, "function": "\(function)"}}],
                 "input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}}
                """)
        #expect(network.program[network.outputs[0]].extents == expected.map { $0 })
        #expect(try network.operationCounts().isComplete)
    }
}
