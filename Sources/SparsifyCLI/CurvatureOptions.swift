public import ArgumentParser
public import Pruning
internal import Sparsify
public import Training

/// Flags of criteria that look at the loss.
struct CurvatureOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The loss: " + LossKind.allCases.map(\.rawValue).joined(separator: ", ")
                + ". (default: by the network's last function and the labels)", valueName: "name"))
    var loss: LossKind?

    @Flag(
        inversion: .prefixedNo,
        help: ArgumentHelp(
            "Whether the gradient takes part in obd (default: no) and obs (default: yes). At a critical point it is zero."
        ))
    var firstOrder: Bool?

    @Option(help: ArgumentHelp("The curvature of obd: fisher or hessian.", valueName: "name"))
    var diagonal = OptimalBrainDamage.Diagonal.fisher

    @Option(
        help: ArgumentHelp("Products with the Hessian that estimate its diagonal, for large networks.", valueName: "n"))
    var probes = 64

    @Option(help: ArgumentHelp("Rounds of obs. (default: 15)", valueName: "n"))
    var stages: Int?

    @Option(
        help: ArgumentHelp(
            "Weights in a block of obs's Fisher matrix, or 'all' for the whole matrix of up to \(FisherBlocks.wholeLimit). (default: the whole matrix while \(FisherBlocks.automaticLimit) or fewer weights are left, else blocks of 1024, or of what 512 MB hold)",
            valueName: "n"))
    var block: FisherBlocks?

    @Option(help: ArgumentHelp("Examples whose gradients make obs's Fisher matrix. (default: 1000)", valueName: "n"))
    var fisherSamples: Int?

    @Flag(help: "Take obs's Fisher matrix with the true labels, not with labels drawn from the model.")
    var empiricalFisher = false

    @Option(
        help: ArgumentHelp(
            "What the penalty of variational-dropout and l0 is multiplied by. (default: 1; 0.5 with --sparsity)",
            valueName: "factor"))
    var penalty: Double?

    @Option(
        help: ArgumentHelp(
            "What shares a gate of l0: " + HardConcreteGates.Group.allCases.map(\.rawValue).joined(separator: ", ")
                + " (of a layer's channels).", valueName: "name"))
    var gates = HardConcreteGates.Group.weight

    func validate() throws {
        guard penalty.map({ $0 >= 0 && $0.isFinite }) ?? true else {
            throw ValidationError("--penalty is a number that is not negative.")
        }
        let numbers = [
            ("--probes", probes), ("--stages", stages ?? 1),
            ("--fisher-samples", fisherSamples ?? 1),
        ]
        for (name, number) in numbers where number < 1 { throw ValidationError("\(name) is a positive number.") }
    }

    func apply(to options: inout CriterionOptions) {
        options.loss = loss
        options.firstOrder = firstOrder
        options.diagonal = diagonal
        options.probes = probes
        options.stages = stages
        options.blocks = block ?? .automatic
        options.fisherSamples = fisherSamples
        options.isEmpirical = empiricalFisher
        options.penalty = penalty
        options.gates = gates
    }
}

extension FisherBlocks: ExpressibleByArgument {
    public init?(argument: String) {
        if argument == "all" {
            self = .whole
        } else if let count = Int(argument), count > 0 {
            self = .most(count)
        } else {
            return nil
        }
    }
}

extension HardConcreteGates.Group: ExpressibleByArgument {}
extension LossKind: ExpressibleByArgument {}
extension OptimalBrainDamage.Diagonal: ExpressibleByArgument {}
extension WeightLayout: ExpressibleByArgument {}
