import Pruning
import Testing

@testable import Sparsify

/// The same input, options and seed give the same bytes.
@Suite struct PruneRepeatTests {
    private func prune(
        _ input: String, _ output: String, _ sparsity: Double, criterion: String = "magnitude", seed: UInt64 = 0,
        threads: Int = 2
    ) throws {
        var job = PruneJob(input: input, output: output, request: try PruningRequest(sparsity: sparsity))
        job.criterion = criterion
        job.criterionOptions = CriterionOptions(seed: seed)
        job.options.threads = threads
        _ = try job.run()
    }

    @Test(arguments: ["digits_mlp.h5", "digits_cnn.weights.h5"], ["spm", "h5"])
    func anyNumberOfThreadsGivesTheSameBytes(fixture: String, ending: String) throws {
        let folder = try TemporaryFolder()
        for criterion in Catalog.criteriaOfWeights {
            try prune(Fixtures.path(fixture), folder("\(criterion).\(ending)"), 0.8, criterion: criterion, threads: 1)
            let first = try contents(folder("\(criterion).\(ending)"))
            for (run, threads) in [1, 2, 5].enumerated() {
                let output = folder("\(criterion)-\(run).\(ending)")
                try prune(Fixtures.path(fixture), output, 0.8, criterion: criterion, threads: threads)
                #expect(try contents(output) == first, "\(criterion) at \(threads) threads")
            }
        }
    }

    @Test(arguments: ["digits_mlp.h5", "digits_lstm.h5", "digits_attention.weights.h5"])
    func aPrunedModelPrunedFurtherIsTheDenseOnePrunedAtOnce(fixture: String) throws {
        let folder = try TemporaryFolder()
        try prune(Fixtures.path(fixture), folder("half.spm"), 0.5)
        try prune(folder("half.spm"), folder("sparser.spm"), 0.9)
        try prune(Fixtures.path(fixture), folder("direct.spm"), 0.9)
        // To the byte, since a .spm keeps on saying where it came from first.
        #expect(try contents(folder("sparser.spm")) == contents(folder("direct.spm")))
        #expect(try contents(folder("half.spm")) != contents(folder("direct.spm")))
    }

    @Test func theSeedChoosesWhatRandomPrunes() throws {
        let folder = try TemporaryFolder()
        for (name, seed) in [("a", 7), ("b", 7), ("c", 8)] as [(String, UInt64)] {
            try prune(Fixtures.path("digits_mlp.h5"), folder("\(name).spm"), 0.6, criterion: "random", seed: seed)
        }
        #expect(try contents(folder("a.spm")) == contents(folder("b.spm")))
        #expect(try contents(folder("a.spm")) != contents(folder("c.spm")))
        let (a, c) = (try elements(folder("a.spm")), try elements(folder("c.spm")))
        let zeros = [a, c].map { file in
            file.filter { $0.key.hasSuffix("kernel") }.values.reduce(0) { $0 + $1.count / 4 - nonzeros($1) }
        }
        #expect(zeros == [30259, 30259])
    }
}
