import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct PruneOptionTests {
    private let folder: TemporaryFolder
    private let input = Fixtures.path("digits_mlp.h5")
    private let kernels = ["dense", "dense_1", "dense_2"].map { "model_weights/\($0)/digits_mlp/\($0)/kernel" }

    init() throws { folder = try TemporaryFolder() }

    private func job(_ sparsity: Double, _ scope: SparsityScope = .global, minimumKept: Int = 1) throws -> PruneJob {
        PruneJob(
            input: input, output: folder("out.spm"),
            request: try PruningRequest(sparsity: sparsity, scope: scope, minimumKept: minimumKept))
    }

    private func kept(_ report: ModelReport) -> [Int?] {
        kernels.map { name in report.tensors.first { $0.name == name }?.nonzeros }
    }

    // MARK: The floor

    @Test(arguments: [0, 1, 3])
    func theFloorKeepsItsWeightsAndSaysSo(floor: Int) throws {
        let report = try job(1, minimumKept: floor).run()
        #expect(kept(report) == [floor, floor, floor])
        #expect(report.pruning?.requestedZeros == 50432)
        #expect(report.pruning?.zeros == 50432 - 3 * floor)
        #expect(report.notes.contains { $0.contains("--min-keep \(floor)") } == (floor > 0))
        #expect(report.notes.contains { $0.contains("\(3 * floor) fewer zeros") } == (floor > 0))
    }

    @Test func theOthersMakeUpForTheFloor() throws {
        // The magnitudes alone would leave 269, 454 and 286.
        let report = try job(0.98, minimumKept: 300).run()
        #expect(report.pruning?.zeros == 49423)
        #expect(report.pruning?.requestedZeros == 49423)
        #expect(kept(report) == [300, 409, 300])
        #expect(report.notes.contains { $0.contains("--min-keep 300") && $0.contains(kernels[2]) })
    }

    // MARK: Selection

    @Test func includeAndExcludeChooseTensors() throws {
        var only = try job(0.5)
        only.include = ["*dense_1/kernel"]
        only.output = folder("only.spm")
        #expect(kept(try only.run()) == [16384, 16384, 1280])

        var but = try job(0.5)
        but.exclude = ["*dense_1/kernel"]
        but.output = folder("but.spm")
        let report = try but.run()
        #expect(kept(report)[1] == 32768)
        #expect(report.pruning?.prunableElements == 17664)
        #expect(report.pruning?.zeros == 8832)
        #expect(report.tensors.first { $0.name == kernels[1] }?.reason.contains("*dense_1/kernel") == true)
    }

    @Test func anExactNameMakesAnythingPrunable() throws {
        var named = try job(0.5)
        let bias = "model_weights/dense_1/digits_mlp/dense_1/bias"
        named.include = [bias]
        let report = try named.run()
        #expect(report.tensors.first { $0.name == bias }?.nonzeros == 64)
        #expect(kept(report) == [16384, 32768, 1280])
    }

    @Test(arguments: [["no such*"], ["*kernel", "typo"]])
    func aPatternThatMatchesNothingStopsTheJob(include: [String]) throws {
        var wrong = try job(0.5)
        wrong.include = include
        let job = wrong
        #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains("digits_mlp.h5") }
        #expect(folder.contents.isEmpty)
    }

    @Test func aModelWithoutPrunableTensorsIsRefused() throws {
        var none = try job(0.5)
        none.exclude = ["*"]
        let job = none
        #expect { try job.run() } throws: { code($0) == .unsupported }
        #expect(folder.contents.isEmpty)
    }

    @Test func anUnknownCriterionIsNamedWithTheKnownOnes() throws {
        var wrong = try job(0.5)
        wrong.criterion = "magic"
        let job = wrong
        #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains("magnitude") }
    }

    // MARK: The optimizer

    @Test(arguments: ["spm", "h5"])
    func theOptimizerIsDroppedAndItsBytesAreSaid(ending: String) throws {
        var dropping = try job(0.8)
        dropping.output = folder("out.\(ending)")
        let report = try dropping.run()
        let state = try elements(input).filter { $0.key.hasPrefix("optimizer_weights/") }
        #expect(!state.isEmpty)
        #expect(report.source?.optimizerBytesDropped == state.values.reduce(0) { $0 + $1.count })
        let tree = try ModelFiles.open(dropping.output).tree
        #expect(!tree.entries.contains { $0.path.hasPrefix("optimizer_weights") })
        #expect(tree.entries[0].attribute("training_config") != nil)
    }

    @Test(arguments: ["spm", "h5"])
    func theOptimizerIsKeptWhereThatIsAskedFor(ending: String) throws {
        var keeping = try job(0.8)
        keeping.output = folder("out.\(ending)")
        keeping.keepsOptimizer = true
        let report = try keeping.run()
        #expect(report.source?.optimizerBytesDropped == 0)
        let (before, after) = (try elements(input), try elements(keeping.output))
        #expect(Set(before.keys) == Set(after.keys))
        for (name, bytes) in before where name.hasPrefix("optimizer_weights/") { #expect(after[name] == bytes) }
    }

    // MARK: What the file says of itself

    @Test func theFileSaysHowItWasPruned() throws {
        var random = try job(0.25, .layer)
        random.criterion = "random"
        random.criterionOptions = CriterionOptions(seed: 9)
        _ = try random.run()
        let expected = [
            "source.format": "hdf5", "pruning.criterion": "random", "pruning.scope": "layer", "pruning.seed": "9",
            "pruning.sparsity": "0.25",
        ]
        #expect(try ModelFiles.open(random.output).metadata == expected)
        // A magnitude pruning of that one has no seed to name.
        var next = PruneJob(
            input: random.output, output: folder("next.spm"), request: try PruningRequest(sparsity: 0.5))
        next.verifies = false
        _ = try next.run()
        #expect(try ModelFiles.open(next.output).metadata["pruning.seed"] == nil)
        #expect(try ModelFiles.open(next.output).metadata["source.format"] == "hdf5")
    }

    @Test func withoutVerificationTheIndexStillTellsTheCounts() throws {
        var quick = try job(0.9)
        quick.verifies = false
        let report = try quick.run()
        #expect(report.totals.prunableNonzeros == 5043)
        #expect(report.totals.sparseFlops == nil)
        #expect(report.totals.flops != nil)
    }
}
