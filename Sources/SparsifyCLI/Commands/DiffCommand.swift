internal import ArgumentParser
internal import Reports
internal import Sparsify
internal import Tensors

struct DiffCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diff",
        abstract: "Say which tensors of two model files differ, and by how much.",
        discussion: "Values are compared bit for bit. Exit status 0: the same; 2: they differ.")

    @Argument(help: "A model file.", completion: .file())
    var left: String

    @Argument(help: "Another.", completion: .file())
    var right: String

    @Flag(help: "Print the differences as JSON.")
    var json = false

    @OptionGroup var work: WorkOptions

    func run() throws {
        var job = DiffJob(left: left, right: right)
        let outcome = try work.run { options in
            job.options = options
            return try job.run()
        }
        try Conclusion.show(outcome, agrees: outcome.isSame, json: json, quiet: work.quiet) { text(outcome) }
    }

    private func text(_ outcome: DiffJob.Outcome) -> String {
        var text = outcome.onlyLeft.map { "only in \(printable(outcome.left)): \(printable($0))\n" }.joined()
        text += outcome.onlyRight.map { "only in \(printable(outcome.right)): \(printable($0))\n" }.joined()
        let differing = outcome.tensors.filter { $0.differing > 0 || $0.mismatch != nil }
        for tensor in differing { text += line(tensor) + "\n" }
        let same = outcome.tensors.count - differing.count
        return text + "\(same) tensors are the same, \(differing.count) differ, "
            + "\(outcome.onlyLeft.count + outcome.onlyRight.count) are in one file only\n"
    }

    private func line(_ tensor: DiffJob.TensorDifference) -> String {
        let name = printable(tensor.name)
        if let mismatch = tensor.mismatch { return "\(name): \(mismatch)" }
        var parts = [
            "\(NumberText.grouped(tensor.differing)) of \(NumberText.grouped(tensor.elements)) elements differ"
        ]
        if tensor.zeroLeftOnly > 0 { parts.append("\(NumberText.grouped(tensor.zeroLeftOnly)) zero on the left only") }
        if tensor.zeroRightOnly > 0 {
            parts.append("\(NumberText.grouped(tensor.zeroRightOnly)) zero on the right only")
        }
        if let largest = tensor.largestDifference { parts.append("largest difference \(largest)") }
        if let relative = tensor.relativeDifference { parts.append("relative \(NumberText.fixed(relative, 6))") }
        return "\(name): " + parts.joined(separator: ", ")
    }
}
