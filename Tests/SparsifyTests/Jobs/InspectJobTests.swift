import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct InspectJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func expectConsistent(_ report: ModelReport) throws {
        let totals = report.totals
        let file = try contents(report.file).count
        #expect(report.fileBytes == file && totals.fileBytes == file)
        let tensorBytes = try #require(totals.tensorBytes)
        let containerBytes = try #require(totals.containerBytes)
        #expect(tensorBytes + containerBytes == file)
        #expect(containerBytes > 0)
        #expect(totals.denseBytes == report.tensors.reduce(0) { $0 + $1.denseBytes })
        #expect(totals.nonzeros == report.tensors.reduce(0) { $0 + ($1.nonzeros ?? 0) })
        for tensor in report.tensors {
            #expect(tensor.elements == tensor.shape.reduce(1, *))
            let parts = [tensor.valueBytes, tensor.indexBytes, tensor.overheadBytes].compactMap(\.self)
            #expect(parts.isEmpty == (report.format != "spm"))
            #expect(parts.isEmpty || parts.reduce(0, +) == tensor.fileBytes)
        }
        for layer in report.layers {
            #expect(try #require(layer.sparseMultiplications) <= (try #require(layer.multiplications)))
            #expect(try #require(layer.sparseAdditions) <= (try #require(layer.additions)))
        }
    }

    @Test(arguments: Fixtures.all)
    func theNumbersOfAReportAddUp(fixture: String) throws {
        try expectConsistent(try InspectJob(input: Fixtures.path(fixture)).run())
        var pruned: [ModelReport] = []
        for ending in ["spm", "h5"] {
            let job = PruneJob(
                input: Fixtures.path(fixture), output: folder("p.\(ending)"),
                request: try PruningRequest(sparsity: 0.8))
            let report = try job.run()
            try expectConsistent(report)
            let inspected = try InspectJob(input: job.output).run()
            try expectConsistent(inspected)
            #expect(inspected.tensors == report.tensors)
            #expect(inspected.totals == report.totals)
            pruned.append(inspected)
        }
        // What a model computes does not depend on the file it is in.
        #expect(pruned[0].layers == pruned[1].layers)
        #expect(pruned[0].tensors.map(\.nonzeros) == pruned[1].tensors.map(\.nonzeros))
    }

    @Test(arguments: [0, 0.5, 0.95])
    func theOperationsOfAnMLPFollowFromItsKernels(sparsity: Double) throws {
        let job = PruneJob(
            input: Fixtures.path("digits_mlp.h5"), output: folder("mlp.spm"),
            request: try PruningRequest(sparsity: sparsity))
        let report = try job.run()
        let totals = report.totals
        // n products and n − 1 additions an output, and one for the bias: as many of both as there are weights.
        #expect(totals.multiplications == 64 * 256 + 256 * 128 + 128 * 10)
        #expect(totals.additions == 64 * 256 + 256 * 128 + 128 * 10)
        #expect(totals.flops == 2 * 50432)
        #expect(totals.sparseMultiplications == 50432 - DenseModel.zeros(sparsity, 50432))
        #expect(totals.unknownLayers.isEmpty)
        // A sum without terms costs nothing, and neither does a bias alone.
        #expect(totals.sparseAdditions == totals.sparseMultiplications)
    }

    @Test func weightsAloneHaveNoOperationsAndTheReportSaysWhy() throws {
        let report = try InspectJob(input: Fixtures.path("digits_mlp.weights.h5")).run()
        #expect(report.layers.isEmpty)
        #expect(report.totals.flops == nil)
        #expect(report.notes.contains { $0.contains("weights-only") })
    }

    @Test func gzipIsMeasuredWhereThatIsAskedFor() throws {
        var job = InspectJob(input: Fixtures.path("digits_mlp.weights.h5"))
        #expect(try job.run().totals.gzipBytes == nil)
        job.measuresGzip = true
        let report = try job.run()
        #expect(report.tensors.allSatisfy { ($0.gzipBytes ?? 0) >= 18 })
        #expect(try #require(report.totals.gzipBytes) < report.totals.denseBytes)
    }

    @Test func bfloat16ThatOnlyTheConfigurationTellsIsPruned() throws {
        let name = "model_weights/d/d/kernel"
        let config = """
            {"class_name": "Sequential", "config": {"name": "s", "layers": [
            {"class_name": "InputLayer", "config": {"name": "x", "batch_shape": [null, 4], "dtype": "bfloat16"}},
            {"class_name": "Dense", "config": {"name": "d", "units": 2, "use_bias": false, "activation": "linear",
            "dtype": "bfloat16"}}]}}
            """
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init()), attributes: [text("model_config", config)]),
            .init(
                path: "model_weights", kind: .group(.init()), attributes: [texts("layer_names", ["d"])]),
            .init(path: "model_weights/d", kind: .group(.init()), attributes: [texts("weight_names", ["d/kernel"])]),
            .init(path: "model_weights/d/d", kind: .group(.init())),
            .init(path: name, kind: .tensor(.init(type: .opaque(size: 2, tag: "")))),
        ])
        // 1 to 8, whose magnitudes their bits order.
        let values = (1...8).map { UInt16(truncatingIfNeeded: Float($0).bitPattern >> 16) }
        let tensor = TensorInfo(name: name, elementType: .opaque16, shape: try Shape([4, 2]))
        try writeFile(folder("bf.h5"), tree, [(tensor, values.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] })])
        let report = try PruneJob(
            input: folder("bf.h5"), output: folder("bf.spm"), request: try PruningRequest(sparsity: 0.5)
        ).run()
        #expect(report.tensors[0].nonzeros == 4)
        let kept = try elements(folder("bf.spm"))[name]
        #expect(kept.map { Array($0.prefix(8)) } == [UInt8](repeating: 0, count: 8))
        _ = try ConvertJob(input: folder("bf.spm"), output: folder("back.h5")).run()
        #expect(try ModelFiles.open(folder("back.h5")).tree == (try ModelFiles.open(folder("bf.h5")).tree))
    }
}
