import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// A model in the middle of its training by the TensorFlow Model Optimization toolkit: layers in wrappers, weights that
/// their masks have not been applied to yet.
@Suite struct WrappedModelTests {
    private let folder: TemporaryFolder
    private let kernel = "model_weights/prune_low_magnitude_d/d/kernel:0"
    private let weights: [Float] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]
    private let mask: [Float] = [1, 0, 1, 0, 1, 0, 1, 0, 1, -0.0, 1, 1]
    private var masked: [Float] { zip(weights, mask).map { $1 == 0 ? 0 : $0 } }

    init() throws {
        folder = try TemporaryFolder()
        try write(folder("wrapped.h5"))
    }

    private func write(_ path: String) throws {
        let group = "model_weights/prune_low_magnitude_d"
        let config = """
            {"class_name": "Sequential", "config": {"name": "s", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_input_shape": [null, 4]}},
            {"class_name": "PruneLowMagnitude", "config": {"name": "prune_low_magnitude_d", "layer":
            {"class_name": "Dense", "config": {"name": "d", "units": 3, "activation": "linear", "use_bias": true}}}}]}}
            """
        let names = [
            "prune_low_magnitude_d/mask:0", "prune_low_magnitude_d/pruning_step:0", "d/kernel:0", "d/bias:0",
        ]
        let float = ValueType.float(FloatLayout.ieee(size: 4)!)
        let step = ValueType.integer(size: 8, isSigned: true, order: .little)
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: [text("model_config", config)]),
            .init(
                path: "model_weights", kind: .group(.init()),
                attributes: [texts("layer_names", ["prune_low_magnitude_d"])]),
            .init(path: group, kind: .group(.init()), attributes: [texts("weight_names", names)]),
            .init(path: "\(group)/prune_low_magnitude_d", kind: .group(.init())),
            .init(path: "\(group)/prune_low_magnitude_d/mask:0", kind: .tensor(.init(type: float))),
            .init(path: "\(group)/prune_low_magnitude_d/pruning_step:0", kind: .tensor(.init(type: step))),
            .init(path: "\(group)/d", kind: .group(.init())),
            .init(path: "\(group)/d/kernel:0", kind: .tensor(.init(type: float))),
            .init(path: "\(group)/d/bias:0", kind: .tensor(.init(type: float))),
        ])
        func tensor(_ name: String, _ shape: [Int], _ type: ElementType = .float32) throws -> TensorInfo {
            TensorInfo(name: "\(group)/\(name)", elementType: type, shape: try Shape(shape))
        }
        try writeFile(
            path, tree,
            [
                (try tensor("prune_low_magnitude_d/mask:0", [4, 3]), bits(mask)),
                (try tensor("prune_low_magnitude_d/pruning_step:0", [], .int64), [7, 0, 0, 0, 0, 0, 0, 0]),
                (try tensor("d/kernel:0", [4, 3]), bits(weights)), (try tensor("d/bias:0", [3]), bits([1, 1, 1])),
            ])
    }

    @Test(arguments: ["h5", "spm"])
    func inspectTellsTheTrueSparsity(ending: String) throws {
        if ending == "spm" { _ = try ConvertJob(input: folder("wrapped.h5"), output: folder("wrapped.spm")).run() }
        let report = try InspectJob(input: folder("wrapped.\(ending)")).run()
        let tensor = try #require(report.tensors.first { $0.name == kernel })
        #expect(tensor.nonzeros == 7)
        #expect(tensor.prunable)
        #expect(report.totals.sparseMultiplications == 7)
        #expect(report.totals.multiplications == 12)
        #expect(report.notes.contains { $0.contains("pruning wrapper") })
        #expect(report.totals.tensorBytes.map { $0 + (report.totals.containerBytes ?? 0) } == report.fileBytes)
        // The bytes are those of the file, where the weights are dense.
        #expect(tensor.encoding == "dense")
        #expect((tensor.valueBytes != nil) == (ending == "spm"))
    }

    @Test(arguments: ["h5", "spm"])
    func pruningStripsTheWrappersAndAppliesTheMasks(ending: String) throws {
        let job = PruneJob(
            input: folder("wrapped.h5"), output: folder("out.\(ending)"), request: try PruningRequest(sparsity: 0.5))
        let report = try job.run()
        #expect(report.pruning?.zeros == 6)
        #expect(report.notes.contains { $0.contains("stripped") })
        let found = try elements(job.output)
        var expected = masked
        // Five are gone by the mask already; 1 is the smallest of the rest.
        expected[0] = 0
        #expect(found["model_weights/d/d/kernel:0"] == bits(expected))
        #expect(found["model_weights/d/d/bias:0"] == bits([1, 1, 1]))
        #expect(found.count == 2)
        let tree = try ModelFiles.open(job.output).tree
        #expect(!tree.entries.contains { $0.path.contains("prune_low_magnitude") })
        let config = try #require(tree.entries[0].attribute("model_config")?.value.strings?.first)
        #expect(!config.contains("PruneLowMagnitude") && config.contains("Dense"))
        #expect(tree.entry(at: "model_weights")?.attribute("layer_names")?.value.strings == ["d"])
    }

    @Test(arguments: [0.1, 0.5, 0.9], ["h5", "spm"])
    func verifyComparesWithTheMaskedWeights(sparsity: Double, ending: String) throws {
        let job = PruneJob(
            input: folder("wrapped.h5"), output: folder("out.\(ending)"),
            request: try PruningRequest(sparsity: sparsity))
        _ = try job.run()
        var check = VerifyJob(input: job.output)
        check.dense = folder("wrapped.h5")
        let outcome = try check.run()
        #expect(outcome.disagreements == [])
        // What the masks took is no loss.
        #expect(outcome.pruned == max(0, DenseModel.zeros(sparsity, 12) - 5))
    }

    @Test func aConversionKeepsTheWrappers() throws {
        _ = try ConvertJob(input: folder("wrapped.h5"), output: folder("w.spm")).run()
        _ = try ConvertJob(input: folder("w.spm"), output: folder("back.h5")).run()
        #expect(try elements(folder("back.h5")) == (try elements(folder("wrapped.h5"))))
        #expect(try ModelFiles.open(folder("back.h5")).tree == (try ModelFiles.open(folder("wrapped.h5")).tree))
    }
}
