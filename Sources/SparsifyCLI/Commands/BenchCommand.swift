internal import ArgumentParser
internal import Reports
internal import Sparsify
internal import Tensors

struct BenchCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Time a model's network, layer by layer, dense and sparse.",
        discussion: """
            Runs the network on numbers at random with dense kernels, with sparse ones, and with those that `run` would \
            choose. Times are in milliseconds; GFLOP/s counts the products that are done, not those left out. The break-even \
            sparsity is that from which the sparse kernel of a layer should take less time.

            EXAMPLES
              sparsify bench model.spm
              sparsify bench model.spm --batch 1,16,128 --threads 1
            """)

    @Argument(help: "A model file that carries its network.", completion: .file())
    var model: String

    @Option(help: ArgumentHelp("Examples computed at once; a table for each number.", valueName: "n,n,..."))
    var batch = BatchSizes(list: [1, 16])

    @Option(help: ArgumentHelp("How often each is run.", valueName: "n"))
    var runs = 10

    @Flag(help: "Print the times as JSON; formats/report.md documents its keys.")
    var json = false

    @OptionGroup var calibration: CalibrationOptions
    @OptionGroup var work: WorkOptions

    func validate() throws {
        guard runs >= 1 else { throw ValidationError("--runs is a positive number.") }
    }

    func run() throws {
        var job = BenchJob(model: model)
        job.batches = batch.list
        job.runs = runs
        job.table = calibration.table
        let outcome = try work.run { options in
            job.options = options
            return try job.run()
        }
        Terminal.write(json ? JSONText.encode(outcome) : BenchTables.text(outcome))
    }
}

/// Numbers with commas between them.
struct BatchSizes: ExpressibleByArgument {
    var list: [Int]

    init(list: [Int]) { self.list = list }

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard !parts.isEmpty, parts.allSatisfy({ $0.map { (1...1 << 20).contains($0) } ?? false }) else { return nil }
        list = parts.compactMap(\.self)
    }

    var defaultValueDescription: String { list.map(String.init).joined(separator: ",") }
}
