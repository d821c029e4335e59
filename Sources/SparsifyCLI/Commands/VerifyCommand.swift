internal import ArgumentParser
internal import Reports
internal import Sparsify
internal import Tensors

struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Check a model file: checksums, counts, and the kept values against the dense file.",
        discussion: "Exit status 0: sound; 1: damaged; 2: it disagrees with itself or with the dense file.")

    @Argument(help: "The model, in any format that `sparsify formats` lists.", completion: .file())
    var file: String

    @Option(
        help: ArgumentHelp(
            "The dense file it came from: every kept value must be the same to the bit.", valueName: "dense"),
        completion: .file())
    var against: String?

    @Flag(help: "Print the outcome as JSON.")
    var json = false

    @OptionGroup var work: WorkOptions

    func run() throws {
        var job = VerifyJob(input: file)
        job.dense = against
        let outcome = try work.run { options in
            job.options = options
            return try job.run()
        }
        try Conclusion.show(outcome, agrees: outcome.isSound, json: json, quiet: work.quiet) { text(outcome) }
    }

    private func text(_ outcome: VerifyJob.Outcome) -> String {
        var text = outcome.disagreements.map { "disagrees: \(printable($0))\n" }.joined()
        let counts =
            "\(NumberText.grouped(outcome.tensors)) tensors, \(NumberText.grouped(outcome.elements)) elements, "
            + "\(NumberText.grouped(outcome.nonzeros)) of them non-zero"
        text += "\(outcome.isSound ? "sound" : "NOT sound"): \(printable(outcome.file)): \(counts)"
        if let dense = outcome.against, let pruned = outcome.pruned {
            text += "; \(outcome.isSound ? "every kept value as in" : "compared with") \(printable(dense)), "
            text += "\(NumberText.grouped(pruned)) pruned"
        }
        return text + "\n"
    }
}
