import Testing

/// Flags of pruning with data, as users give them.
@Suite struct DataOptionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    private let digits = Fixtures.path("digits.npz")

    private func prune(_ arguments: [String]) throws -> Command.Result {
        try Command.run([Fixtures.path("digits_mlp.h5"), folder("out.spm"), "--force"] + arguments)
    }

    @Test func layerOBS() throws {
        let result = try prune([
            "--sparsity", "0.7", "--criterion", "layer-obs", "--data-x", digits + ":x_train", "--data-y",
            digits + ":y_train", "--samples", "200", "--data-seed", "3", "--damping", "0.1", "--scale", "16/16",
        ])
        #expect(result.status == 0)
        for words in ["200 examples of 1,437, data seed 3", "accuracy", "exact rows", "damping"] {
            #expect(result.output.contains(words))
        }
    }

    @Test func patternsAndAllocations() throws {
        let pattern = try prune([
            "--pattern", "2:4", "--criterion", "wanda", "--data-x", digits + ":x_test", "--samples", "all",
        ])
        #expect(pattern.status == 0 && pattern.output.contains("pattern 2:4") && pattern.output.contains("50.00 %"))
        let erk = try prune(["--sparsity", "0.9", "--allocation", "erk"])
        #expect(erk.status == 0 && erk.output.contains("allocation erk"))
    }

    @Test(arguments: [
        (["--criterion", "wanda", "--sparsity", "0.5"], "--data"), ([], "--sparsity"),
        (["--sparsity", "0.5", "--scope", "layer", "--allocation", "erk"], "--scope and --allocation"),
        (["--sparsity", "0.5", "--scale", "0"], "--scale"), (["--sparsity", "0.5", "--scale", "1/0"], "scale"),
        (["--sparsity", "0.5", "--samples", "0"], "samples"), (["--sparsity", "0.5", "--data-y", "y.npy"], "--data-y"),
        (["--sparsity", "0.5", "--damping", "-1"], "damping"), (["--pattern", "3", "--criterion", "wanda"], "N:M"),
    ])
    func refusals(arguments: [String], words: String) throws {
        let result = try prune(arguments)
        #expect(result.status == 64 && result.errors.contains(words))
    }

    @Test func criteriaAreListed() throws {
        let result = try Command.run(["criteria"])
        #expect(result.status == 0)
        for words in ["magnitude", "wanda", "layer-obs", "activations", "erk", "lamp", "uniform"] {
            #expect(result.output.contains(words))
        }
        #expect(try Command.run(["criteria", "--json"]).output.contains("\"needs\""))
    }
}
