internal import ArgumentParser
internal import Reports
internal import Sparsify
internal import Tensors

struct RunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a model's network on arrays.",
        discussion: """
            Arrays are NumPy's, x.npy, or one of an archive, x.npz:name, or a dataset of HDF5, x.h5:/path. Their first axis \
            counts the examples, the others are those of the network's input. The computation is in float32, or in float64 where the model says so.

            EXAMPLES
              sparsify run model.spm --input x.npy --output y.npy
              sparsify run model.h5 --input digits.npz:x_test --labels digits.npz:y_test
              sparsify run model.spm --input left=a.npy --input right=b.npy --output y.npz
            """)

    @Argument(help: "A model file that carries its network: .h5, .hdf5 or .spm.", completion: .file())
    var model: String

    @Option(
        help: ArgumentHelp(
            "An array for an input of the network; repeatable. Without a name: for the next in order.",
            valueName: "[name=]file"))
    var input: [String]

    @Option(
        help: ArgumentHelp("Where the outputs go: .npy, or .npz where there are several.", valueName: "file"),
        completion: .file())
    var output: String?

    @Option(
        help: ArgumentHelp(
            "The right answers, for accuracy and loss: class numbers, or an array like the output.", valueName: "file"),
        completion: .file())
    var labels: String?

    @Option(help: ArgumentHelp("Tell the k greatest elements of each example's output.", valueName: "k"))
    var top = 0

    @Option(help: ArgumentHelp("Examples that are computed at once.", valueName: "n"))
    var batch = 32

    @Flag(name: .shortAndLong, help: "Replace the output if it exists.")
    var force = false

    @Flag(help: "Print what was computed as JSON; formats/report.md documents its keys.")
    var json = false

    @OptionGroup var kernels: KernelOptions
    @OptionGroup var work: WorkOptions

    func validate() throws {
        guard batch >= 1 else { throw ValidationError("--batch is a positive number.") }
        guard top >= 0 else { throw ValidationError("--top is a natural number.") }
        guard !input.isEmpty else { throw ValidationError("Give the network something with --input.") }
    }

    func run() throws {
        var job = RunJob(model: model, inputs: input.map { NamedFile($0) }.map { ($0.name, $0.file) })
        job.output = output
        job.labels = labels
        job.top = top
        job.batch = batch
        job.kernels = kernels.policy
        job.overwrites = force
        let outcome = try work.run { options in
            job.options = options
            return try job.run()
        }
        if json {
            Terminal.write(JSONText.encode(outcome))
        } else if !work.quiet {
            Terminal.write(text(outcome))
        }
    }

    private func text(_ outcome: RunJob.Outcome) -> String {
        func shape(_ port: RunJob.Port) -> String {
            "\(printable(port.name)) (" + port.shape.map(String.init).joined(separator: ", ") + ")"
        }
        var lines = ["inputs    " + outcome.inputs.map(shape).joined(separator: ", ")]
        lines.append("outputs   " + outcome.outputs.map(shape).joined(separator: ", "))
        lines += (outcome.notes ?? []).map { "note      \($0)" }
        for (example, ranks) in (outcome.top ?? []).enumerated() {
            let list = ranks.map { "\($0.index) (\(NumberText.fixed($0.value, 4)))" }.joined(separator: ", ")
            lines.append("example \(example): \(list)")
        }
        if let evaluation = outcome.evaluation {
            if let accuracy = evaluation.accuracy, let correct = evaluation.correct {
                lines.append("accuracy  \(NumberText.fixed(100 * accuracy, 2)) % (\(correct) right)")
            }
            lines.append("loss      \(NumberText.fixed(evaluation.value, 6)) (\(Self.words(evaluation.loss)))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func words(_ loss: Evaluation.Loss) -> String {
        switch loss {
        case .crossEntropy: "cross-entropy"
        case .binaryCrossEntropy: "binary cross-entropy"
        case .meanSquaredError: "mean squared error"
        }
    }
}
