import Testing

@Suite struct HelpTests {
    @Test(arguments: [
        ([], ["IN OUT --sparsity", "EXIT STATUS", "prune", "convert", "inspect", "verify", "diff", "EXAMPLES"]),
        (
            ["prune"],
            [
                "--sparsity", "--scope", "global", "layer", "--criterion", "magnitude", "random", "--seed", "--include",
                "--exclude", "--min-keep", "--keep-optimizer", "--force", "--dry-run", "--no-verify", "--json",
                "--markdown", "--csv", "--threads", "--max-memory", "--quiet", "round(S x N)", "optimizer", "wrappers",
            ]
        ),
        (["convert"], ["--drop-optimizer", "--force", "--no-verify", "--json", "ending", "--strict", "formats"]),
        (["inspect"], ["--gzip", "--json", "log2 C(n,k)", "multiplications"]),
        (["verify"], ["--against", "--json", "Exit status 0", "checksums"]),
        (["diff"], ["--json", "bit for bit", "Exit status 0"]),
    ])
    func helpMentionsWhatMatters(command: [String], words: [String]) throws {
        let result = try Command.run(command + ["--help"])
        #expect(result.status == 0 && result.errors == "")
        // Lines are broken where they are full.
        let text = result.output.split { $0.isWhitespace }.joined(separator: " ")
        #expect(words.filter { !text.contains($0) } == [])
        // The program's own errand is not for people.
        #expect(!result.output.contains("__probe"))
    }

    @Test func theVersionIsANumber() throws {
        let result = try Command.run("--version")
        #expect(result.status == 0)
        #expect(result.output.wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil)
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func completionScripts(shell: String) throws {
        let result = try Command.run("--generate-completion-script", shell)
        #expect(result.status == 0 && result.errors == "")
        for word in ["inspect", "verify", "convert", "diff", "prune", "against", "min-keep"] {
            #expect(result.output.contains(word))
        }
    }
}
