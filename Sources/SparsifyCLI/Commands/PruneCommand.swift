public import ArgumentParser
public import Pruning
internal import Sparsify

struct PruneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prune",
        abstract: "Prune a model (the default: the word 'prune' may be left out).",
        discussion: """
            Exactly round(S x N) of the N elements of the prunable tensors become zero: of all together (--scope global), \
            or of each (--scope layer). Prunable are kernels, embeddings and other weights; never biases, \
            normalisation parameters or statistics. Where the file names no layers, floating-point tensors of rank 2 and \
            more are. The report says for each tensor why.

            At sparsity 0 nothing is pruned and nothing is lost. Above it, optimizer state is dropped, since it belongs \
            to the dense weights, and TensorFlow's pruning wrappers are stripped.
            """)

    @Argument(help: "The model to prune, in any format that `sparsify formats` lists.", completion: .file())
    var input: String

    @Argument(help: "Where to write the result; its ending chooses the format.", completion: .file())
    var output: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Share of the prunable elements to set to zero, 0 to 1.", valueName: "S"))
    var sparsity: Double

    @Option(help: "Over what the share is counted: global or layer.")
    var scope: SparsityScope = .global

    @Option(
        help: ArgumentHelp(
            "How weights are ranked: " + Catalog.criteria.map(\.id).joined(separator: ", ") + ".", valueName: "name"))
    var criterion = "magnitude"

    @Option(help: ArgumentHelp("Seed of criteria that draw at random.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "Prune only prunable tensors whose name matches; repeatable. * matches slashes too. The exact name of a "
                + "tensor makes it prunable whatever it is.", valueName: "pattern"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Do not prune tensors whose name matches; repeatable.", valueName: "pattern"))
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp("The fewest weights that each tensor keeps, so that no layer collapses.", valueName: "n"))
    var minKeep = 1

    @Flag(help: "Keep optimizer state.")
    var keepOptimizer = false

    @Flag(name: .shortAndLong, help: "Replace the output if it exists.")
    var force = false

    @Flag(help: "Fail where the output's format has no place for something in the model.")
    var strict = false

    @Flag(name: [.customShort("n"), .long], help: "Plan and predict the size; write nothing.")
    var dryRun = false

    @Flag(name: .customLong("no-verify"), help: "Do not read the output again to check it.")
    var skipsVerification = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var work: WorkOptions

    func run() throws {
        let request = try PruningRequest(sparsity: sparsity, scope: scope, minimumKept: minKeep)
        var job = PruneJob(input: input, output: output, request: request)
        job.criterion = criterion
        job.criterionOptions = CriterionOptions(seed: seed)
        job.include = include
        job.exclude = exclude
        job.keepsOptimizer = keepOptimizer
        job.overwrites = force
        job.isStrict = strict
        job.isDryRun = dryRun
        job.verifies = !skipsVerification
        let result = try work.run { options in
            job.options = options
            return try job.run()
        }
        report.show(result, isQuiet: work.quiet)
    }
}

extension SparsityScope: ExpressibleByArgument {}
