internal import ArgumentParser
internal import Sparsify

struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Write a model in another format; nothing is pruned.",
        discussion: """
            All that the format has a place for is kept; the report says what it has none for. `sparsify formats` lists \
            what is read and written.
            """)

    @Argument(help: "The model to convert.", completion: .file())
    var input: String

    @Argument(help: "Where to write the result; its ending chooses the format.", completion: .file())
    var output: String

    @Option(help: "Give the weights the names and axes that another library expects: keras or pytorch.")
    var layout: WeightLayout?

    @Flag(help: "Leave optimizer state out.")
    var dropOptimizer = false

    @Flag(name: .shortAndLong, help: "Replace the output if it exists.")
    var force = false

    @Flag(help: "Fail where the output's format has no place for something in the model.")
    var strict = false

    @Flag(help: "In .onnx, store tensors as sparse initialisers where these are smaller. Not every runtime reads them.")
    var sparseInitializers = false

    @Flag(name: .customLong("no-verify"), help: "Do not read the output again to check it.")
    var skipsVerification = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var work: WorkOptions

    func run() throws {
        var job = ConvertJob(input: input, output: output)
        job.overwrites = force
        job.isStrict = strict
        job.storesSparse = sparseInitializers
        job.layout = layout
        job.dropsOptimizer = dropOptimizer
        job.verifies = !skipsVerification
        let result = try work.run { options in
            job.options = options
            return try job.run()
        }
        try report.show(result, isQuiet: work.quiet, work: work)
    }
}
