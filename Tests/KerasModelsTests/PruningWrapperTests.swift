import ModelIO
import Networks
import Tensors
import Testing

@testable import KerasModels

struct PruningWrapperTests {
    static let config = """
        {"class_name": "Sequential", "config": {"name": "s", "layers": [
          {"class_name": "PruneLowMagnitude", "config": {"name": "prune_low_magnitude_d1", "dtype": "float32",
            "batch_input_shape": [null, 16], "block_size": [1, 1],
            "layer": {"class_name": "Dense", "config": {"name": "d1", "units": 8}}}},
          {"class_name": "PruneLowMagnitude", "config": {"name": "prune_low_magnitude_d2",
            "layer": {"class_name": "Dense", "config": {"name": "d2", "units": 3}}}}]}}
        """

    static func state(_ path: String, _ shape: [Int]) -> [Weight] {
        [
            Weight("\(path)/mask:0", shape), Weight("\(path)/pruning_step:0", [], .int64),
            Weight("\(path)/threshold:0", []),
        ]
    }

    /// The weights of a layer, by a prefix of its group and of the wrapper's own weights.
    static func legacy(_ root: String, inner: String = "") -> [Weight] {
        func layer(_ name: String, _ shape: [Int]) -> [Weight] {
            let group = "\(root)prune_low_magnitude_\(name)"
            return [
                Weight("\(group)/\(inner)\(name)/bias:0", [shape[1]]),
                Weight("\(group)/\(inner)\(name)/kernel:0", shape),
            ] + state("\(group)/prune_low_magnitude_\(name)", shape)
        }
        return layer("d1", [16, 8]) + layer("d2", [8, 3])
    }

    static func attributes(_ root: String) -> [String: [Attribute]] {
        var result = [
            root.isEmpty ? "" : "model_weights": [
                names("layer_names", ["prune_low_magnitude_d1", "prune_low_magnitude_d2"])
            ]
        ]
        for name in ["d1", "d2"] {
            let wrapper = "prune_low_magnitude_\(name)"
            result["\(root)\(wrapper)"] = [
                names(
                    "weight_names",
                    [
                        "\(name)/kernel:0", "\(name)/bias:0", "\(wrapper)/mask:0", "\(wrapper)/threshold:0",
                        "\(wrapper)/pruning_step:0",
                    ])
            ]
        }
        if !root.isEmpty { result["", default: []] += [text("model_config", config)] }
        return result
    }

    static let numbered: [Weight] = ["", "_1"].flatMap { number -> [Weight] in
        let shape = number.isEmpty ? [16, 8] : [8, 3]
        let group = "layers/prune_low_magnitude\(number)"
        return [
            Weight("\(group)/layer/vars/0", shape), Weight("\(group)/layer/vars/1", [shape[1]]),
            Weight("\(group)/vars/0", shape), Weight("\(group)/vars/1", shape), Weight("\(group)/vars/2", []),
            Weight("\(group)/vars/3", [], .int64),
        ]
    }

    @Test("A wrapped model is read as the model inside, its kernels with their masks")
    func inspection() throws {
        let document = KerasDocument(try file(Self.legacy("model_weights/"), Self.attributes("model_weights/")))
        #expect(document.network?.layers.map(\.path) == ["d1", "d2"])
        #expect(document.prunable.count == 2)
        let group = "model_weights/prune_low_magnitude_d2"
        let kernel = document.role("\(group)/d2/kernel:0")
        #expect(kernel?.parameter == ParameterReference(layer: "d2", role: "kernel"))
        #expect(kernel?.mask == "\(group)/prune_low_magnitude_d2/mask:0")
        #expect(document.role("\(group)/prune_low_magnitude_d2/mask:0")?.reason == "state of a pruning wrapper")
    }

    @Test("Legacy layouts are stripped", arguments: ["model_weights/", ""])
    func legacy(root: String) throws {
        let (tree, tensors) = try file(Self.legacy(root), Self.attributes(root))
        let result = try #require(try PruningWrappers.stripping(tree, tensors))
        #expect(
            result.tensors.map(\.name) == [
                "\(root)d1/d1/bias:0", "\(root)d1/d1/kernel:0", "\(root)d2/d2/bias:0", "\(root)d2/d2/kernel:0",
            ])
        #expect(result.sources["\(root)d1/d1/kernel:0"] == "\(root)prune_low_magnitude_d1/d1/kernel:0")
        #expect(
            result.masks["\(root)d2/d2/kernel:0"] == "\(root)prune_low_magnitude_d2/prune_low_magnitude_d2/mask:0")
        #expect(result.masks.count == 2)
        #expect(result.droppedBytes == (16 * 8 + 8 * 3) * 4 + 2 * 12)
        let top = try #require(result.tree.entry(at: root.isEmpty ? "" : "model_weights"))
        #expect(StringAttribute.names(of: "layer_names", on: top) == ["d1", "d2"])
        let group = try #require(result.tree.entry(at: "\(root)d1"))
        #expect(StringAttribute.names(of: "weight_names", on: group) == ["d1/kernel:0", "d1/bias:0"])
        #expect(!result.tree.entries.contains { $0.path.contains("prune_low_magnitude") })
        #expect(Set(result.tree.entries.map(\.path)).count == result.tree.entries.count)
        // Parents come before children.
        var seen: Set<String> = [""]
        for entry in result.tree.entries {
            #expect(seen.contains(entry.parentPath), "\(entry.path)")
            seen.insert(entry.path)
        }
        if !root.isEmpty {
            let document = KerasDocument(tree: result.tree, tensors: result.tensors)
            #expect(document.config?.contains("PruneLowMagnitude") == false)
            #expect(document.roles.allSatisfy { $0.parameter != nil })
            #expect(document.network?.program.steps.count == 2)
        }
    }

    @Test("Numbered variables are stripped: classes from shapes, or from a configuration", arguments: [nil, config])
    func numbered(config: String?) throws {
        let (tree, tensors) = try file(Self.numbered)
        let result = try #require(try PruningWrappers.stripping(tree, tensors, config: config))
        #expect(
            result.sources == [
                "layers/dense/vars/0": "layers/prune_low_magnitude/layer/vars/0",
                "layers/dense/vars/1": "layers/prune_low_magnitude/layer/vars/1",
                "layers/dense_1/vars/0": "layers/prune_low_magnitude_1/layer/vars/0",
                "layers/dense_1/vars/1": "layers/prune_low_magnitude_1/layer/vars/1",
            ])
        #expect(
            result.masks == [
                "layers/dense/vars/0": "layers/prune_low_magnitude/vars/1",
                "layers/dense_1/vars/0": "layers/prune_low_magnitude_1/vars/1",
            ])
        #expect(result.warnings.isEmpty == (config != nil))
        #expect(Set(result.tree.entries.map(\.path)).count == result.tree.entries.count)
    }

    @Test("Where wrapped and bare layers of a class mix and nothing tells their order, stripping is refused")
    func ambiguous() throws {
        let (tree, tensors) = try file(Self.numbered + [Weight("layers/dense/vars/0", [3, 4])])
        #expect { try PruningWrappers.stripping(tree, tensors) } throws: {
            ($0 as? SparsifyError)?.code == .unsupported
        }
    }

    @Test("With a configuration, bare layers of the class are numbered anew")
    func renumbered() throws {
        let config = Self.config.replacing(
            "{\"class_name\": \"PruneLowMagnitude\", \"config\": {\"name\": \"prune_low_magnitude_d2\"",
            with: "{\"class_name\": \"Dense\", \"config\": {\"name\": \"bare\", \"units\": 8}},\n"
                + "{\"class_name\": \"PruneLowMagnitude\", \"config\": {\"name\": \"prune_low_magnitude_d2\"")
        let (tree, tensors) = try file(
            Self.numbered + [Weight("layers/dense/vars/0", [8, 8]), Weight("layers/dense/vars/1", [8])])
        let result = try #require(try PruningWrappers.stripping(tree, tensors, config: config))
        #expect(result.sources["layers/dense_1/vars/0"] == "layers/dense/vars/0")
        #expect(result.sources["layers/dense_2/vars/0"] == "layers/prune_low_magnitude_1/layer/vars/0")
        let document = KerasDocument(tree: tree, tensors: tensors, config: config)
        #expect(
            document.role("layers/prune_low_magnitude_1/layer/vars/0")?.parameter
                == ParameterReference(layer: "d2", role: "kernel"))
        #expect(document.role("layers/dense/vars/1")?.parameter?.layer == "bare")
        #expect(document.role("layers/prune_low_magnitude/vars/1")?.isPrunable == false)
    }

    @Test("Wrappers in a functional model lend their calls to the layers inside")
    func functional() throws {
        let config = """
            {"class_name": "Functional", "config": {"name": "m", "layers": [
              {"class_name": "InputLayer", "name": "i", "inbound_nodes": [],
               "config": {"batch_input_shape": [null, 4], "name": "i"}},
              {"class_name": "PruneLowMagnitude", "name": "prune_low_magnitude_d",
               "inbound_nodes": [[["i", 0, 0, {}]]], "config": {"name": "prune_low_magnitude_d",
               "layer": {"class_name": "Dense", "config": {"name": "d", "units": 5}}}}],
              "input_layers": [["i", 0, 0]], "output_layers": [["prune_low_magnitude_d", 0, 0]]}}
            """
        let bare = try #require(PruningWrappers.unwrapping(try JSONValue(parsing: config)))
        let network = try Network(kerasConfig: bare.config)
        #expect(network.layers.map(\.path) == ["i", "d"])
        #expect(network.outputExtents(ofLayer: 1) == [[5]])
    }

    @Test("Stripping, then dropping the optimizer, is one change of the file")
    func composed() throws {
        let weights = Self.legacy("model_weights/") + [Weight("optimizer_weights/Adam/m", [4])]
        let (tree, tensors) = try file(weights, Self.attributes("model_weights/"))
        let first = try #require(try PruningWrappers.stripping(tree, tensors))
        let both = first.followed(by: OptimizerState.dropping(first.tree, first.tensors))
        #expect(both.tensors.count == 4)
        #expect(both.dropped.map(\.tensor.name).contains("optimizer_weights/Adam/m"))
        #expect(
            both.sources["model_weights/d1/d1/kernel:0"] == "model_weights/prune_low_magnitude_d1/d1/kernel:0")
        #expect(both.masks == first.masks)
    }

    @Test("A file without wrappers is not touched")
    func none() throws {
        let (tree, tensors) = try file([Weight("a/a/kernel:0", [2, 2])], ["": [names("layer_names", ["a"])]])
        #expect(try PruningWrappers.stripping(tree, tensors) == nil)
    }
}
