import Pruning
import Reports
import Testing

@testable import Sparsify

struct PruningCase: Sendable, CustomTestStringConvertible {
    var sparsity: Double
    var scope: SparsityScope
    var ending: String

    var testDescription: String { "\(sparsity) \(scope) .\(ending)" }

    static let all = [
        PruningCase(sparsity: 0.001, scope: .global, ending: "h5"),
        PruningCase(sparsity: 0.5, scope: .global, ending: "spm"),
        PruningCase(sparsity: 0.7, scope: .layer, ending: "spm"),
        PruningCase(sparsity: 0.8, scope: .layer, ending: "h5"),
        PruningCase(sparsity: 0.95, scope: .global, ending: "spm"),
        PruningCase(sparsity: 0.9, scope: .global, ending: "weights.h5"),
        PruningCase(sparsity: 0.999, scope: .layer, ending: "spm"),
        PruningCase(sparsity: 1, scope: .global, ending: "h5"),
    ]
}

/// Against a reference that sorts all weights.
@Suite struct PruneExactnessTests {
    @Test(arguments: Fixtures.all, PruningCase.all)
    func whatIsPrunedIsWhatSortingPrunes(fixture: String, pruning: PruningCase) throws {
        let folder = try TemporaryFolder()
        let request = try PruningRequest(sparsity: pruning.sparsity, scope: pruning.scope, minimumKept: 0)
        let job = PruneJob(
            input: Fixtures.path(fixture), output: folder("out.\(pruning.ending)"), request: request)
        let report = try job.run()

        let dense = try DenseModel.of(fixture)
        let prunable = report.tensors.filter(\.prunable).map(\.name)
        let expected = dense.pruned(prunable, pruning.sparsity, isGlobal: pruning.scope == .global)
        let written = try elements(job.output)
        #expect(Set(written.keys) == Set(expected.keys))
        for name in dense.names {
            // Bits: what is kept is kept as it was, and biases and statistics are not touched.
            #expect(written[name] == expected[name].map(bits), "\(name)")
        }

        let counts = prunable.map { dense.values[$0]!.count }
        let zeros =
            pruning.scope == .global
            ? DenseModel.zeros(pruning.sparsity, counts.reduce(0, +))
            : counts.reduce(0) { $0 + DenseModel.zeros(pruning.sparsity, $1) }
        #expect(report.pruning?.requestedZeros == zeros)
        #expect(report.pruning?.zeros == zeros)
        #expect(report.pruning?.prunableElements == counts.reduce(0, +))
        #expect(report.totals.prunableNonzeros == counts.reduce(0, +) - zeros)
        #expect(prunable.reduce(0) { $0 + nonzeros(written[$1]!) } == counts.reduce(0, +) - zeros)
    }

    @Test(arguments: Fixtures.wholeModels)
    func kernelsArePrunableAndNothingElse(fixture: String) throws {
        let report = try InspectJob(input: Fixtures.path(fixture)).run()
        for tensor in report.tensors {
            let parts = tensor.name.split(separator: "/")
            let isKernel = parts.first == "model_weights" && (parts.last?.hasSuffix("kernel") ?? false)
            #expect(tensor.prunable == isKernel, "\(tensor.name): \(tensor.reason)")
            #expect(!tensor.reason.isEmpty)
        }
    }

    @Test(arguments: zip(Fixtures.wholeModels, Fixtures.weightFiles))
    func bothLayoutsOfAModelPruneAlike(whole: String, weights: String) throws {
        let folder = try TemporaryFolder()
        let request = try PruningRequest(sparsity: 0.75)
        let reports = try [whole, weights].map { fixture in
            try PruneJob(input: Fixtures.path(fixture), output: folder("\(fixture).spm"), request: request).run()
        }
        let kept = reports.map { $0.tensors.filter(\.prunable).compactMap(\.nonzeros).sorted() }
        #expect(!kept[0].isEmpty)
        #expect(kept[0] == kept[1])
    }
}
