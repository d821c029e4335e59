import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct SweepJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(log: String? = nil) throws -> SweepJob {
        var job = try SweepJob(input: Fixtures.path("digits_mlp.h5"))
        var data = DataRequest()
        data.inputs = [(nil, Fixtures.path("digits.npz") + ":x_test")]
        data.labels = Fixtures.path("digits.npz") + ":y_test"
        job.base.data = data
        job.criteria = ["magnitude", "random"]
        job.sparsities = [0.5, 0.9]
        job.log = log.map { folder($0) }
        return job
    }

    /// Each row is what a pruning of its own reports.
    @Test(arguments: ["magnitude", "random", "wanda"], [0.5, 0.9])
    func rowsAreThoseOfPrunings(criterion: String, sparsity: Double) throws {
        var sweep = try job()
        (sweep.criteria, sweep.sparsities) = ([criterion], [sparsity])
        let row = try #require(try sweep.run().rows.first)
        var pruning = sweep.base
        (pruning.output, pruning.isDryRun, pruning.criterion) = (folder("out.spm"), false, criterion)
        pruning.request = try PruningRequest(sparsity: sparsity)
        let report = try pruning.run()
        #expect(row.fileBytes == report.totals.fileBytes && row.zeros == report.pruning?.zeros)
        #expect(row.sparseFlops == report.totals.sparseFlops && row.flops == report.totals.flops)
        #expect(row.accuracy == report.pruning?.data?.after?.accuracy)
        #expect(row.denseAccuracy == report.pruning?.data?.before?.accuracy)
    }

    @Test func theBestAreMarked() throws {
        let report = try job().run()
        #expect(report.rows.map(\.criterion) == ["magnitude", "magnitude", "random", "random"])
        for row in report.rows {
            let isBeaten = report.rows.contains {
                $0.fileBytes <= row.fileBytes && $0.accuracy! >= row.accuracy! && $0 != row
                    && ($0.fileBytes < row.fileBytes || $0.accuracy! > row.accuracy!)
            }
            #expect(row.isBest == !isBeaten)
        }
        #expect(report.rows.contains { $0.isBest == false } && report.table.aligned.contains("*"))
        #expect(folder.contents.isEmpty)
    }

    /// What the log has is not done again.
    @Test func aSweepGoesOn() throws {
        var first = try job(log: "rows.jsonl")
        first.sparsities = [0.5]
        let done = try first.run().rows
        let all = try job(log: "rows.jsonl").run().rows
        // A time would differ had it been measured again.
        #expect(all.filter { $0.sparsity == 0.5 }.map(\.seconds) == done.map(\.seconds) && all.count == 4)
        #expect(try job(log: "rows.jsonl").run().rows.map(\.seconds) == all.map(\.seconds))
    }

    @Test func aLogOfAnotherSweepIsRefused() throws {
        _ = try job(log: "rows.jsonl").run()
        var other = try job(log: "rows.jsonl")
        other.base.criterionOptions.seed = 3
        let error = #expect(throws: SparsifyError.self) { try other.run() }
        #expect(error?.code == .usage)
        try store(Array("something else\n".utf8), folder("rows.jsonl"))
        let damage = #expect(throws: SparsifyError.self) { try job(log: "rows.jsonl").run() }
        #expect(damage?.code == .malformed)
        // And is not touched.
        #expect(try contents(folder("rows.jsonl")) == Array("something else\n".utf8))
    }

    @Test func eachMayBeTrained() throws {
        var sweep = try job()
        sweep.criteria = ["magnitude"]
        sweep.base.validationSplit = .count(100)
        let before = try sweep.run().rows
        sweep.base.training = TrainingRequest(epochs: 6)
        let after = try sweep.run().rows
        #expect(after[1].accuracy! > before[1].accuracy!)
        #expect(zip(before, after).allSatisfy { $0.zeros == $1.zeros })
    }

    @Test(
        arguments: [
            { $0.criteria = [] }, { $0.criteria = ["best"] }, { $0.sparsities = [] }, { $0.sparsities = [1.5] },
        ] as [@Sendable (inout SweepJob) -> Void])
    func whatCannotBeIsSaid(change: @Sendable (inout SweepJob) -> Void) throws {
        var job = try job()
        change(&job)
        let error = #expect(throws: SparsifyError.self) { try job.run() }
        #expect(error?.code == .usage)
    }
}
