import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Pruning to a target, from file to file.
@Suite struct TargetedPruningTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(_ target: PruningTarget, output: String = "out.spm", data: Bool = false) throws -> PruneJob {
        var job = PruneJob(
            input: Fixtures.path("digits_mlp.h5"), output: folder(output), request: try PruningRequest(sparsity: 0))
        job.target = target
        job.overwrites = true
        if data {
            var request = DataRequest()
            request.inputs = [(nil, Fixtures.path("digits.npz") + ":x_test")]
            request.labels = Fixtures.path("digits.npz") + ":y_test"
            job.data = request
        }
        return job
    }

    @Test(arguments: [60_000, 30_000, 12_345]) func bytesAreMet(bytes: Int) throws {
        let report = try job(.bytes(bytes)).run()
        #expect(report.totals.fileBytes <= bytes && report.totals.fileBytes > bytes - 12)
        let target = try #require(report.pruning?.target)
        #expect(target.kind == "bytes" && target.limit == Double(bytes) && target.resolution == 1)
        #expect(target.reached == Double(report.totals.fileBytes))
        // One zero fewer was tried, and is too large.
        let zeros = try #require(report.pruning?.requestedZeros)
        #expect(target.trials.contains { $0.zeros == zeros - 1 && !$0.meets })
        #expect(report.pruning?.zeros == zeros)
        #expect(TextRenderer().render(report).contains("meets the target"))
    }

    @Test(arguments: [0.5, 0.3, 0.05]) func operationsAreMet(share: Double) throws {
        let report = try job(.flops(share)).run()
        let (dense, sparse) = (try #require(report.totals.flops), try #require(report.totals.sparseFlops))
        let reached = Double(sparse) / Double(dense)
        #expect(reached <= share && reached > share - 0.0001)
        #expect(report.pruning?.target?.reached == reached)
    }

    @Test(arguments: [0.005, 0.02]) func accuracyIsKept(drop: Double) throws {
        let report = try job(.drop(drop), data: true).run()
        let data = try #require(report.pruning?.data)
        #expect(data.before!.accuracy! - data.after!.accuracy! <= drop)
        #expect(report.pruning!.requestedSparsity > 0.5)
        #expect(report.notes.contains { $0.contains("does not fall evenly") })
    }

    @Test func accuracyIsMeasuredOnValidationData() throws {
        var job = try job(.drop(0.01), data: true)
        job.validationSplit = .share(0.5)
        let data = try #require(try job.run().pruning?.data)
        #expect(data.samples == 180 && data.validationSamples == 180)
        #expect(data.before!.accuracy! - data.after!.accuracy! <= 0.01)
    }

    @Test func aCriterionThatLooksAtDataMeetsOne() throws {
        var job = try job(.bytes(40_000), data: true)
        job.criterion = "wanda"
        let report = try job.run()
        #expect(report.totals.fileBytes <= 40_000 && report.pruning?.criterion == "wanda")
        #expect(report.pruning!.target!.resolution > 1)
    }

    @Test func aDryRunSaysTheSame() throws {
        let real = try job(.bytes(30_000)).run()
        var dry = try job(.bytes(30_000), output: "none.spm")
        dry.isDryRun = true
        let report = try dry.run()
        #expect(report.pruning?.target == real.pruning?.target)
        #expect(report.totals.fileBytes == real.totals.fileBytes && folder.contents == ["out.spm"])
    }

    @Test func anotherFormatMeetsOperations() throws {
        let report = try job(.flops(0.3), output: "out.h5").run()
        #expect(report.format == "hdf5" && report.pruning!.target!.reached <= 0.3)
    }

    /// A file that is small enough is not pruned, and keeps all.
    @Test func whatIsMetWithoutIsNotPruned() throws {
        let report = try job(.bytes(10_000_000)).run()
        #expect(report.pruning?.zeros == 0 && report.source?.optimizerBytesDropped == 0)
        #expect(report.notes.contains { $0.contains("nothing was pruned") })
    }

    @Test func whatNothingMeetsIsSaid() throws {
        let error = #expect(throws: SparsifyError.self) { try job(.bytes(100)).run() }
        #expect(error?.code == .unsupported && error?.message.contains("the nearest of") == true)
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: [.bytes(0), .flops(0), .flops(1.5), .drop(-0.1), .drop(1)] as [PruningTarget])
    func targetsThatAreNone(target: PruningTarget) throws {
        let error = #expect(throws: SparsifyError.self) { try job(target, data: true).run() }
        #expect(error?.code == .usage)
    }

    @Test(
        arguments: [
            { $0.criterion = "wanda" }, { $0.target = .drop(0.01) },
            {
                $0.target = .bytes(1000)
                $0.pattern = try? GroupPattern("2:4")
            },
        ] as [@Sendable (inout PruneJob) -> Void])
    func whatCannotBeIsSaid(change: @Sendable (inout PruneJob) -> Void) throws {
        var job = try job(.bytes(30_000))
        change(&job)
        #expect(throws: SparsifyError.self) { try job.run() }
        #expect(folder.contents.isEmpty)
    }
}
