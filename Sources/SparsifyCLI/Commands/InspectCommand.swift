internal import ArgumentParser
internal import Sparsify

struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Report what a model file holds and what it costs, in bytes and operations.",
        discussion: """
            For each tensor: shape, type, elements, how many are not zero, and the bytes that values, index and headers \
            take, beside the information bound of the mask, log2 C(n,k). For each layer, where the file carries a \
            network: multiplications and additions for one input, dense and with the zeros left out.
            """)

    @Argument(help: "The model, in any format that `sparsify formats` lists.", completion: .file())
    var file: String

    @Flag(help: "Also compress each dense tensor with gzip -6 and say what that takes.")
    var gzip = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var work: WorkOptions

    func run() throws {
        var job = InspectJob(input: file)
        job.measuresGzip = gzip
        let result = try work.run { options in
            job.options = options
            return try job.run()
        }
        try report.show(result, work: work)
    }
}
