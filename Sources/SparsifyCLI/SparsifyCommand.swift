internal import ArgumentParser

@main
struct SparsifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sparsify",
        abstract: "Prune a neural network's weights and keep what is left in a compact file.",
        usage: """
            sparsify IN OUT --sparsity 0.8 [options]
            sparsify <subcommand> ...
            """,
        discussion: """
            A dense checkpoint goes in (HDF5: Keras of every age, or any tree of datasets; safetensors), the weights \
            that matter least are set to zero, and a compact .spm file comes out, or a pruned file of the same kind. \
            A report says what it costs in bytes and operations.

            EXAMPLES
              sparsify model.h5 model.spm --sparsity 0.8      keep one weight in five
              sparsify model.h5 small.h5 --sparsity 0.9       the same for Keras
              sparsify model.safetensors model.spm --sparsity 0.8
              sparsify model.spm sparser.spm --sparsity 0.95  prune further, without the dense file
              sparsify model.h5 model.spm --sparsity 0.8 --criterion layer-obs --data d.npz
                                                              by what the layers get from examples
              sparsify inspect model.spm                      what is in it, and what it costs
              sparsify verify model.spm --against model.h5    every checksum, every kept value
              sparsify convert model.spm model.h5             back again, nothing lost
              sparsify run model.spm --input x.npy --top 1    what the network makes of it

            EXIT STATUS
              0 done; 1 the job failed; 2 the files disagree (verify, diff); 64 the request makes no sense.
            """,
        version: version,
        subcommands: [
            PruneCommand.self, ConvertCommand.self, InspectCommand.self, VerifyCommand.self, DiffCommand.self,
            RunCommand.self, BenchCommand.self, DiagnoseCommand.self, ScanCommand.self, SweepCommand.self,
            FormatsCommand.self, CriteriaCommand.self,
            ProbeCommand.self,
        ],
        defaultSubcommand: PruneCommand.self)

    static let version = "0.1.0"

    static func main() {
        Interruption.install()
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            Failure.report(error)
        }
    }
}
