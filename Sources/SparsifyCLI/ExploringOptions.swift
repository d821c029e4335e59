internal import ArgumentParser
internal import Sparsify

/// Flags that commands which prune on trial have in common with `prune`.
struct ExploringOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How the sparsity is shared out among tensors: " + Catalog.allocationNames.joined(separator: ", ") + ".",
            valueName: "name"))
    var allocation: String?

    @Option(help: ArgumentHelp("Seed of all that is drawn at random.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(help: ArgumentHelp("Prune only prunable tensors whose name matches; repeatable.", valueName: "pattern"))
    var include: [String] = []

    @Option(help: ArgumentHelp("Do not prune tensors whose name matches; repeatable.", valueName: "pattern"))
    var exclude: [String] = []

    func apply(to job: inout PruneJob) {
        job.allocation = allocation
        job.criterionOptions.seed = seed
        job.include = include
        job.exclude = exclude
    }
}

/// Numbers with commas between them: 0.5,0.8,90%.
struct Shares: ExpressibleByArgument {
    var values: [Double]

    init(values: [Double]) { self.values = values }

    init?(argument: String) {
        let shares = argument.split(separator: ",", omittingEmptySubsequences: false).map {
            Share(argument: String($0))
        }
        guard shares.allSatisfy({ $0 != nil }) else { return nil }
        values = shares.map { $0!.value }
    }

    var defaultValueDescription: String { values.map { "\($0)" }.joined(separator: ",") }
}
