import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct SensitivityJobTests {
    private func job(_ model: String = "digits_mlp.h5") throws -> SensitivityJob {
        var job = try SensitivityJob(input: Fixtures.path(model))
        var data = DataRequest()
        data.inputs = [(nil, Fixtures.path("digits.npz") + ":x_test")]
        data.labels = Fixtures.path("digits.npz") + ":y_test"
        job.base.data = data
        return job
    }

    /// Each point is what pruning this tensor alone comes to.
    @Test func pointsAreThoseOfPruningATensorAlone() throws {
        let report = try job().run()
        #expect(report.tensors.count == 3 && report.samples == 360)
        let folder = try TemporaryFolder()
        for tensor in report.tensors {
            let point = tensor.points[1]
            #expect(tensor.points.map(\.sparsity) == [0.5, 0.8, 0.9])
            #expect(point.zeros == Int((0.8 * Double(tensor.elements)).rounded()))
            var pruning = try job().base
            (pruning.output, pruning.isDryRun, pruning.overwrites) = (folder("out.spm"), false, true)
            (pruning.request, pruning.include) = (try PruningRequest(sparsity: 0.8), [tensor.name])
            let after = try #require(try pruning.run().pruning?.data?.after)
            #expect(point.accuracy == after.accuracy && point.loss == after.value)
        }
    }

    /// What is recommended is what cost more than is tolerated, and nothing else.
    @Test(arguments: [0, 0.01, 0.5]) func theListFollowsFromThePoints(tolerance: Double) throws {
        var job = try job()
        (job.tolerance, job.judgedAt) = (tolerance, 0.9)
        let report = try job.run()
        for tensor in report.tensors {
            let cost = report.dense.accuracy! - tensor.points.last!.accuracy!
            #expect(report.exclude.contains(tensor.name) == (cost > tolerance))
        }
        #expect(report.judgedAt == 0.9 && report.exclude.isEmpty == (tolerance == 0.5))
        #expect(report.text.contains("--exclude") == !report.exclude.isEmpty)
    }

    @Test func aCriterionThatLooksAtDataIsScannedToo() throws {
        var job = try job()
        (job.base.criterion, job.sparsities) = ("taylor", [0.5])
        let report = try job.run()
        #expect(report.tensors.allSatisfy { $0.points[0].zeros == $0.elements / 2 } && report.criterion == "taylor")
    }

    @Test(
        arguments: [
            { $0.base.data = nil }, { $0.base.data?.labels = nil }, { $0.sparsities = [] }, { $0.sparsities = [0] },
            { $0.tolerance = -1 }, { $0.base.criterion = "best" },
        ] as [@Sendable (inout SensitivityJob) -> Void])
    func whatCannotBeIsSaid(change: @Sendable (inout SensitivityJob) -> Void) throws {
        var job = try job()
        change(&job)
        let error = #expect(throws: SparsifyError.self) { try job.run() }
        #expect(error?.code == .usage)
    }
}
