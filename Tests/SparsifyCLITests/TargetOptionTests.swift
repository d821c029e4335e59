import Testing

/// Targets as users write them.
@Suite struct TargetOptionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    private let digits = Fixtures.path("digits.npz")

    private func prune(_ arguments: [String]) throws -> Command.Result {
        try Command.run([Fixtures.path("digits_mlp.h5"), folder("out.spm"), "--force"] + arguments)
    }

    @Test(arguments: [("30kB", 30_000), ("30K", 30_000), ("29.5kB", 29_500), ("30000", 30_000), ("32KiB", 32_768)])
    func sizes(text: String, bytes: Int) throws {
        let result = try prune(["--target-bytes", text, "--json"])
        let target = try #require((try result.json["pruning"] as? [String: Any])?["target"] as? [String: Any])
        #expect(target["kind"] as? String == "bytes" && target["limit"] as? Int == bytes)
        #expect(try contents(folder("out.spm")).count <= bytes)
        #expect(Set(target.keys) == ["kind", "limit", "reached", "resolution", "trials"])
        let trial = try #require((target["trials"] as? [[String: Any]])?.first)
        #expect(Set(trial.keys) == ["zeros", "sparsity", "value", "meets"])
    }

    @Test(arguments: ["30%", "0.3"]) func shares(text: String) throws {
        let result = try prune(["--target-flops", text])
        #expect(result.status == 0 && result.output.contains("at most 30.000 % of the FLOPs"))
    }

    @Test func drops() throws {
        let result = try prune(["--max-drop", "1%", "--data-x", digits + ":x_test", "--data-y", digits + ":y_test"])
        #expect(result.status == 0 && result.output.contains("1.00 points of accuracy"))
    }

    @Test(arguments: [
        (["--target-bytes", "0"], "target-bytes"), (["--target-bytes", "-5"], "target-bytes"),
        (["--target-bytes", "many"], "target-bytes"), (["--target-bytes", "5iB"], "target-bytes"),
        (["--target-flops", "130%"], "target-flops"), (["--max-drop", "x"], "max-drop"),
        (["--target-flops", "30%", "--sparsity", "0.5"], "--sparsity"),
        (["--target-flops", "30%", "--max-drop", "1%"], "Choose one"), (["--max-drop", "1%"], "--data"),
    ])
    func refusals(arguments: [String], words: String) throws {
        let result = try prune(arguments)
        #expect(result.status == 64 && result.errors.contains(words))
    }

    @Test func whatNothingMeetsFails() throws {
        let result = try prune(["--target-bytes", "100"])
        #expect(result.status == 1 && result.errors.contains("No sparsity meets the target") && folder.contents.isEmpty)
    }
}
