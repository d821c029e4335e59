import Inference
import ModelIO
import OtherFormats
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Pruning with data, from file to file.
@Suite struct DataPruningTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(
        _ criterion: String, _ sparsity: Double = 0.7, model: String = "digits_mlp.h5", output: String = "out.spm",
        samples: Int? = 128
    ) throws -> PruneJob {
        var job = PruneJob(
            input: Fixtures.path(model), output: folder(output), request: try PruningRequest(sparsity: sparsity))
        job.criterion = criterion
        job.overwrites = true
        var data = DataRequest()
        data.inputs = [(nil, Fixtures.path("digits.npz") + ":x_train")]
        data.labels = Fixtures.path("digits.npz") + ":y_train"
        data.samples = samples
        job.data = data
        return job
    }

    @Test(arguments: ["digits_mlp.h5", "digits_attention.h5"])
    func theReportTellsWhatDataDid(model: String) throws {
        let report = try job("layer-obs", model: model).run()
        let data = try #require(report.pruning?.data)
        #expect(data.samples == 128 && data.available == 1437 && data.seed == 0)
        #expect(report.pruning?.allocation == "uniform" && report.pruning?.scope == "layer")
        let (before, after) = (try #require(data.before), try #require(data.after))
        #expect(before.loss == "crossEntropy" && before.accuracy! > 0.97 && after.accuracy! > 0.9)
        #expect(data.layers.map(\.tensor).sorted() == report.tensors.filter(\.prunable).map(\.name).sorted())
        for layer in data.layers {
            #expect(layer.error < layer.magnitudeError && layer.damping! > 0 && layer.method == "exact rows")
        }
        // What is reported is what the file does.
        let run = RunJob(
            model: folder("out.spm"), inputs: [(nil, Fixtures.path("digits.npz") + ":x_test")])
        var evaluation = run
        evaluation.labels = Fixtures.path("digits.npz") + ":y_test"
        #expect(try evaluation.run().evaluation!.accuracy! > 0.85)
        let text = TextRenderer().render(report)
        for words in ["128 examples of 1,437, data seed 0", "accuracy", "loss", "magnitude's error", "exact rows"] {
            #expect(text.contains(words))
        }
    }

    /// The report's evaluation is that of the written file on the same examples.
    @Test func theEvaluationIsThatOfTheFile() throws {
        var pruning = try job("wanda", 0.9, samples: nil)
        pruning.data?.inputs = [(nil, Fixtures.path("digits.npz") + ":x_test")]
        pruning.data?.labels = Fixtures.path("digits.npz") + ":y_test"
        let after = try #require(try pruning.run().pruning?.data?.after)
        var run = RunJob(model: folder("out.spm"), inputs: [(nil, Fixtures.path("digits.npz") + ":x_test")])
        run.labels = Fixtures.path("digits.npz") + ":y_test"
        let evaluation = try #require(try run.run().evaluation)
        #expect(after.accuracy == evaluation.accuracy && abs(after.value - evaluation.value) < 1e-4)
    }

    @Test(arguments: ["wanda", "layer-obs"])
    func theSameSeedGivesTheSameBytes(criterion: String) throws {
        var one = try job(criterion, output: "one.spm")
        one.options.threads = 1
        _ = try one.run()
        var two = try job(criterion, output: "two.spm")
        two.options.threads = 2
        _ = try two.run()
        #expect(try contents(folder("one.spm")) == contents(folder("two.spm")))
        two.data?.seed = 1
        _ = try two.run()
        #expect(try contents(folder("one.spm")) != contents(folder("two.spm")))
    }

    @Test func whatMadeTheFileIsInIt() throws {
        _ = try job("wanda").run()
        let metadata = try OpenModel(folder("out.spm"), options: JobOptions()).reader.metadata
        #expect(metadata["pruning.criterion"] == "wanda" && metadata["pruning.samples"] == "128")
        #expect(metadata["pruning.data-seed"] == "0" && metadata["pruning.scope"] == "layer")
    }

    @Test func aDryRunPredictsAndWritesNothing() throws {
        var dry = try job("layer-obs")
        dry.isDryRun = true
        let predicted = try dry.run()
        #expect(folder.contents.isEmpty)
        let real = try job("layer-obs").run()
        #expect(predicted.fileBytes == real.fileBytes && predicted.pruning == real.pruning)
    }

    @Test(arguments: ["wanda", "layer-obs"])
    func patterns(criterion: String) throws {
        var patterned = try job(criterion, 0.5)
        patterned.pattern = try GroupPattern("2:4")
        let report = try patterned.run()
        #expect(report.pruning?.pattern == "2:4")
        for tensor in report.tensors where tensor.prunable { #expect(tensor.sparsity == 0.5) }
        patterned.request = try PruningRequest(sparsity: 0.6)
        #expect(throws: SparsifyError.self) { try patterned.run() }
    }

    @Test func requestsThatContradictThemselves() throws {
        func expectUsage(_ words: String, _ change: (inout PruneJob) throws -> Void) throws {
            var changed = try job("wanda")
            try change(&changed)
            #expect { try changed.run() } throws: {
                ($0 as? SparsifyError)?.code == .usage && "\($0)".contains(words)
            }
        }
        try expectUsage("--data") { $0.data = nil }
        try expectUsage("--allocation") { $0.allocation = "global" }
        try expectUsage("no allocation 'some'") { $0.allocation = "some" }
        try expectUsage("wanda, layer-obs") {
            $0.criterion = "magnitude"
            $0.pattern = try GroupPattern("2:4")
        }
        try expectUsage("--data") {
            ($0.criterion, $0.data, $0.recalibratesNormalisation) = ("magnitude", nil, true)
        }
    }

    @Test(arguments: ["uniform", "erk", "lamp"], ["magnitude", "wanda"])
    func allocations(allocation: String, criterion: String) throws {
        var allocated = try job(criterion, 0.83)
        allocated.allocation = allocation
        let report = try allocated.run()
        let pruning = try #require(report.pruning)
        #expect(pruning.allocation == allocation && pruning.zeros == pruning.requestedZeros)
        if allocation != "uniform" {
            #expect(pruning.zeros == DenseModel.zeros(0.83, pruning.prunableElements))
            #expect(Set(report.tensors.filter(\.prunable).map(\.sparsity)).count == 3)
        }
    }

    /// An embedding has no inputs that could be scored: magnitude prunes it, and the report says so.
    @Test func whatHasNoInputsIsPrunedByMagnitudeAndSaid() throws {
        try KerasFile(
            config: KerasFile.functional(
                [
                    KerasFile.input("x", 3),
                    KerasFile.node("Embedding", "e", "\"input_dim\": 4, \"output_dim\": 2", from: ["x"]),
                    KerasFile.node("Dense", "d", "\"units\": 2, \"use_bias\": false", from: ["e"]),
                ], inputs: ["x"], outputs: ["d"]),
            weights: [
                .init("e", "embeddings", [4, 2], [1, 2, 3, 4, 5, 6, 7, 8]),
                .init("d", "kernel", [2, 2], [1, 2, 3, 4]),
            ]
        ).write(folder("m.h5"))
        try writeArray(folder("x.npy"), [2, 3], [0, 1, 2, 3, 0, 1])
        var pruning = try job("wanda", 0.5, samples: nil)
        pruning.input = folder("m.h5")
        pruning.data = DataRequest(file: folder("x.npy"))
        let report = try pruning.run()
        #expect(report.notes.contains { $0.contains("embeddings") && $0.contains("by magnitude") })
        #expect(report.pruning?.data?.layers.count == 1)
        #expect(report.tensors.filter(\.prunable).map(\.sparsity) == [0.5, 0.5])
    }

    @Test func statisticsAreTakenFromTheDataAnew() throws {
        // Mean 2 and variance 4 of the first channel, 10 and 0 of the second.
        try KerasFile(
            config: KerasFile.functional(
                [KerasFile.input("x", 2), KerasFile.node("BatchNormalization", "b", from: ["x"])],
                inputs: ["x"], outputs: ["b"]),
            weights: [
                .init("b", "gamma", [2], [1, 1]), .init("b", "beta", [2], [0, 0]),
                .init("b", "moving_mean", [2], [5, 5]),
                .init("b", "moving_variance", [2], [9, 9]),
            ]
        ).write(folder("m.h5"))
        try writeArray(folder("x.npy"), [4, 2], [0, 10, 4, 10, 0, 10, 4, 10])
        var pruning = try job("magnitude", 0)
        pruning.input = folder("m.h5")
        pruning.output = folder("out.h5")
        pruning.data = DataRequest(file: folder("x.npy"))
        pruning.data?.batch = 3
        pruning.recalibratesNormalisation = true
        _ = try pruning.run()
        let written = try OpenModel(folder("out.h5"), options: JobOptions())
        func values(_ name: String) throws -> [Float] {
            let index = try #require(written.reader.tensors.firstIndex { $0.name.contains("/\(name)") })
            return try TensorArray(written.reader, index, maximumBytes: .max).floats()
        }
        #expect(try values("moving_mean") == [2, 10] && values("moving_variance") == [4, 0])
        #expect(try values("gamma") == [1, 1])
    }

    @Test func recalibrationHelpsAPrunedNetwork() throws {
        var pruning = try job("magnitude", 0.6, model: "digits_cnn.h5", samples: 256)
        let plain = try #require(try pruning.run().pruning?.data)
        pruning.recalibratesNormalisation = true
        let report = try pruning.run()
        let recalibrated = try #require(report.pruning?.data)
        #expect(recalibrated.recalibratedLayers.count == 4 && plain.recalibratedLayers.isEmpty)
        #expect(recalibrated.after!.value < plain.after!.value)
        #expect(recalibrated.before == plain.before)
        #expect(report.pruning?.zeros == report.pruning?.requestedZeros)
    }

    /// The zeros are exact, and what is left does better than with the same share of each.
    @Test(arguments: ["magnitude", "wanda"]) func aBudgetIsSharedByWhatTensorsCost(criterion: String) throws {
        var budget = try job(criterion, 0.9, samples: 200)
        budget.allocation = "budget"
        let report = try budget.run()
        #expect(report.pruning?.zeros == report.pruning?.requestedZeros && report.pruning?.allocation == "budget")
        budget.allocation = "uniform"
        let uniform = try budget.run()
        #expect(report.pruning!.data!.after!.value < uniform.pruning!.data!.after!.value)
        #expect(report.pruning?.requestedZeros == 45_389)
    }

    @Test func aBudgetNeedsLabels() throws {
        var budget = try job("magnitude", 0.9)
        budget.allocation = "budget"
        budget.data?.labels = nil
        #expect(throws: SparsifyError.self) { try budget.run() }
        budget.data = nil
        let error = #expect(throws: SparsifyError.self) { try budget.run() }
        #expect(error?.code == .usage && folder.contents.isEmpty)
    }
}
