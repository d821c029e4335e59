import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct MaskPicturesJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func pruned() throws -> String {
        let request = try PruningRequest(sparsity: 0.9)
        _ = try PruneJob(input: Fixtures.path("digits_mlp.h5"), output: folder("a.spm"), request: request).run()
        return folder("a.spm")
    }

    /// As many as the report counts, where there are as many cells as elements or fewer.
    @Test func weightsAreWhereTheyAre() throws {
        let file = try pruned()
        var job = MaskPicturesJob(input: file)
        job.patterns = ["*dense_2/kernel*"]
        let picture = try #require(try job.run().first)
        #expect((picture.rows, picture.columns) == (128, 10))
        let report = try InspectJob(input: file).run()
        let tensor = try #require(report.tensors.first { $0.name == picture.name })
        var kept = 0.0
        for row in 0..<picture.height {
            // 128 rows in 96 cells: a third of them has two.
            let rows = Double(((row + 1) * 128 + 95) / 96 - (row * 128 + 95) / 96)
            for column in 0..<picture.width { kept += picture.share(row: row, column: column) * rows }
        }
        #expect(Int(kept.rounded()) == tensor.nonzeros)
    }

    @Test func thoseWithZerosAreShownUnlessAsked() throws {
        #expect(try MaskPicturesJob(input: pruned()).run().count == 3)
        #expect(try MaskPicturesJob(input: Fixtures.path("digits_attention.h5")).run().isEmpty)
    }

    @Test func aPatternThatMeetsNothingIsRefused() throws {
        var job = MaskPicturesJob(input: Fixtures.path("digits_mlp.h5"))
        job.patterns = ["nothing*"]
        #expect(throws: SparsifyError.self) { try job.run() }
    }
}
