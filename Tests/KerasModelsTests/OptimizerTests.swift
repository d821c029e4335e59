import ModelIO
import Testing

@testable import KerasModels

struct OptimizerTests {
    @Test("The group of a whole model's optimizer goes, with its attributes and groups")
    func wholeModel() throws {
        let (tree, tensors) = try RecognitionTests.wholeModel()
        let rewrite = OptimizerState.dropping(tree, tensors)
        #expect(rewrite.tensors.count == tensors.count - 2)
        #expect(rewrite.droppedBytes == 4 * 8 * 4 + 8)
        #expect(!rewrite.tree.entries.contains { $0.path.hasPrefix("optimizer_weights") })
        #expect(rewrite.tree.entry(at: "")?.attribute("model_config") != nil)
        #expect(rewrite.sources["model_weights/dense/dense/kernel:0"] == "model_weights/dense/dense/kernel:0")
    }

    @Test("What another name leads to stays")
    func aliased() throws {
        var (tree, tensors) = try file([Weight("layers/dense/vars/0", [2, 2]), Weight("optimizer/vars/0", [2, 2])])
        tree.entries.append(.init(path: "layers/dense/vars/1", kind: .alias(target: "optimizer/vars/0")))
        let rewrite = OptimizerState.dropping(tree, tensors)
        #expect(rewrite.dropped.isEmpty)
        #expect(rewrite.tree == tree)
        tensors = rewrite.tensors
        #expect(tensors.count == 2)
    }

    @Test("A file without an optimizer is as it was")
    func none() throws {
        let (tree, tensors) = try file([Weight("a/kernel", [2, 2])], ["": [names("layer_names", ["a"])]])
        let rewrite = OptimizerState.dropping(tree, tensors)
        #expect(rewrite.tree == tree)
        #expect(rewrite.tensors == tensors)
    }
}
