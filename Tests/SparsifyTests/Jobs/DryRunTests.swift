import Pruning
import Reports
import Testing

@testable import Sparsify

@Suite struct DryRunTests {
    @Test(arguments: Fixtures.all, [0, 0.5, 0.9, 1])
    func thePredictionIsTheReportOfTheRealRun(fixture: String, sparsity: Double) throws {
        let folder = try TemporaryFolder()
        var job = PruneJob(
            input: Fixtures.path(fixture), output: folder("out.spm"), request: try PruningRequest(sparsity: sparsity))
        job.isDryRun = true
        var predicted = try job.run()
        #expect(folder.contents.isEmpty)
        #expect(predicted.notes.last == "dry run: nothing was written")
        predicted.notes.removeLast()

        job.isDryRun = false
        let report = try job.run()
        #expect(predicted == report)
        #expect(predicted.fileBytes == (try contents(job.output)).count)
    }

    @Test func ofHDF5TheValuesAreCounted() throws {
        let folder = try TemporaryFolder()
        var job = PruneJob(
            input: Fixtures.path("digits_mlp.h5"), output: folder("out.h5"), request: try PruningRequest(sparsity: 0.9))
        job.isDryRun = true
        let report = try job.run()
        #expect(folder.contents.isEmpty)
        #expect(report.format == "hdf5")
        #expect(report.fileBytes == 50826 * 4)
        #expect(report.pruning?.zeros == 45389)
        #expect(report.totals.prunableNonzeros == 5043)
        #expect(report.notes.contains { $0.hasPrefix("dry run") && $0.contains("dense values") })
    }

    @Test(arguments: [false, true])
    func anOutputThatExistsIsLeftAloneAndMentioned(overwrites: Bool) throws {
        let folder = try TemporaryFolder()
        try store([1, 2, 3], folder("out.spm"))
        var job = PruneJob(
            input: Fixtures.path("tiny.h5"), output: folder("out.spm"), request: try PruningRequest(sparsity: 0.5))
        job.isDryRun = true
        job.overwrites = overwrites
        let report = try job.run()
        #expect(report.notes.contains { $0.contains("exists already") } == !overwrites)
        #expect(try contents(folder("out.spm")) == [1, 2, 3])
        #expect(folder.contents == ["out.spm"])
    }
}
