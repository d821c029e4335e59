internal import ArgumentParser
internal import Reports
internal import Sparsify
internal import Training

struct DiagnoseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "diagnose",
        abstract: "Tell whether a checkpoint is at a minimum of its loss, and which criteria that justifies.",
        discussion: """
            Second-order criteria (obd, obs) suppose that the weights are at a critical point with positive curvature. This \
            measures the gradient against what chance would give, and the extreme eigenvalues of the Hessian by the Lanczos \
            iteration: hence minimum, maximum, saddle, flat, or no critical point at all. Of two parameters it is the \
            discriminant f_xx f_yy - f_xy^2 that tells.

            EXAMPLE
              sparsify diagnose model.h5 --data train.npz --scale 1/255 --samples 1000
            """)

    @Argument(help: "The model, in any format that carries a network.", completion: .file())
    var model: String

    @OptionGroup(title: "Data") var data: DataOptions

    @Option(
        help: ArgumentHelp(
            "The loss: " + LossKind.allCases.map(\.rawValue).joined(separator: ", ")
                + ". (default: by the network's last function and the labels)", valueName: "name"))
    var loss: LossKind?

    @Option(help: ArgumentHelp("Products with the Hessian, at most.", valueName: "n"))
    var iterations = 30

    @Option(help: ArgumentHelp("Seed of the vector that the iteration starts from.", valueName: "n"))
    var seed: UInt64 = 0

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var work: WorkOptions

    func validate() throws {
        guard iterations >= 1 else { throw ValidationError("--iterations is a positive number.") }
        guard data.request != nil else { throw ValidationError("Give examples with labels: --data FILE.") }
    }

    func run() throws {
        guard let request = data.request else { return }
        var job = DiagnoseJob(model: model, data: request)
        job.loss = loss
        job.iterations = iterations
        job.seed = seed
        let found = try work.run { options in
            job.options = options
            return try job.run()
        }
        guard !json else { return Terminal.write(JSONText.encode(found)) }
        guard !work.quiet else { return }
        Terminal.write(Self.text(found))
    }

    private static func text(_ found: Diagnosis) -> String {
        var lines = [
            ("loss", "\(found.lossValue) (\(found.loss)), over \(found.examples) examples"),
            ("parameters", "\(found.parameters)"),
            ("gradient", "norm \(found.gradientNorm); by chance \(found.noiseNorm)"),
            (
                "Hessian",
                "eigenvalues \(found.smallestEigenvalue) (± \(found.smallestError)) to \(found.largestEigenvalue) (± "
                    + "\(found.largestError)), \(found.iterations) products, seed \(found.seed)"
            ),
        ]
        if let discriminant = found.discriminant { lines.append(("discriminant", "\(discriminant)")) }
        lines.append(("verdict", words(found.kind)))
        let text = lines.map { label, value in
            label + String(repeating: " ", count: 14 - label.count) + value
        }
        return (text + found.advice).joined(separator: "\n") + "\n"
    }

    private static func words(_ kind: Diagnosis.Kind) -> String {
        switch kind {
        case .notCritical: "no critical point"
        case .minimum: "a minimum"
        case .maximum: "a maximum"
        case .saddle: "a saddle"
        case .flat: "a critical point that is flat along some direction"
        }
    }
}
