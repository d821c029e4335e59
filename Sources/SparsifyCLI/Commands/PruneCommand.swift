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

            CRITERIA
            magnitude asks for nothing but the weights. wanda and layer-obs look at what data does in the network: a few \
            hundred examples, without labels, say more than the weights alone. They prune tensor by tensor in the order \
            of the network, each by the inputs that the layers pruned before it give; layer-obs also changes the weights \
            that are kept, so that the layer's outputs stay as they were. taylor, obd and obs ask the loss, and need labels; \
            obs also moves the weights that are kept, and comes nearest to retraining. `sparsify criteria` lists all with what each \
            needs. With labels, the report tells loss and accuracy before and after.

            variational-dropout, l0 and movement are learned in a training, and need --epochs: noise of each weight, or gates, under a \
            penalty (--penalty), or how weights move. Without --sparsity the first two say how many weights go.

            ALLOCATIONS
            global compares all weights; uniform prunes the same share of each tensor; erk keeps more of small tensors, \
            by their extents; lamp by how much of a tensor's energy lies in weights as large; budget measures on labelled \
            --data what each tensor costs alone, and takes the shares that cost least in sum.

            TARGETS
            Instead of a sparsity, --target-bytes, --target-flops or --max-drop say what the result is to come to. The number of \
            zeros is then found by trials, each of which is pruned and really encoded, counted or run; the report lists \
            them. A target that nothing meets is an error, which says how near one comes. Accuracy is measured on \
            --data and does not fall evenly: --max-drop takes the sparsest of those tried that keeps it.

            TRAINING
            With --epochs the network is trained while it is pruned, by --schedule, and after: what is pruned stays zero, \
            and the rest makes up for it. The mask is chosen from the weights as they are at each pruning, by any \
            criterion; --end says when it is held. With --validation or --validation-split, the file holds the weights of \
            the best epoch among those with the last mask. Layers of dropout act with --dropout alone. \
            With --checkpoint an interrupted training goes on where it was, to the same bytes.

            EXAMPLES
              sparsify model.h5 model.spm --sparsity 0.8
              sparsify model.h5 model.spm --target-bytes 2MB
              sparsify model.h5 model.spm --max-drop 0.5% --data d.npz --scale 1/255
              sparsify model.h5 model.spm --sparsity 0.8 --criterion layer-obs --data d.npz --scale 1/255
              sparsify model.h5 model.spm --sparsity 0.95 --criterion obs --data train.npz --scale 1/255
              sparsify model.h5 model.spm --sparsity 0.95 --schedule cubic --epochs 20 --data train.npz --validation val.npz
              sparsify model.h5 model.spm --criterion variational-dropout --epochs 100 --data train.npz --scale 1/255
              sparsify model.h5 model.spm --pattern 2:4 --criterion wanda --data-x d.npz:x_train --samples 256
              sparsify model.h5 model.spm --sparsity 0.9 --allocation erk --data d.npz --recalibrate-bn
            """)

    @Argument(help: "The model to prune, in any format that `sparsify formats` lists.", completion: .file())
    var input: String

    @Argument(help: "Where to write the result; its ending chooses the format.", completion: .file())
    var output: String

    @Option(
        name: .shortAndLong,
        help: ArgumentHelp("Share of the prunable elements to set to zero, 0 to 1.", valueName: "S"))
    var sparsity: Double?

    @OptionGroup(title: "Targets") var targets: TargetOptions

    @Option(help: "Over what the share is counted: global, or layer, which is --allocation uniform. (default: global)")
    var scope: SparsityScope?

    @Option(
        help: ArgumentHelp(
            "How it is shared out among tensors: " + Catalog.allocationNames.joined(separator: ", ")
                + ". (default: global; uniform where the criterion prunes each tensor by itself)", valueName: "name"))
    var allocation: String?

    @Option(
        help: ArgumentHelp(
            "Instead of a sparsity: N of each M weights of an output are kept, along its inputs (2:4).",
            valueName: "N:M"))
    var pattern: String?

    @Option(
        help: ArgumentHelp(
            "How weights are ranked: " + Catalog.criteria.map(\.id).joined(separator: ", ") + ".", valueName: "name"))
    var criterion = "magnitude"

    @Option(help: ArgumentHelp("Seed of criteria that draw at random.", valueName: "n"))
    var seed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "What is added to the diagonal of a matrix before it is inverted, as a share of the diagonal's mean. "
                + "(default: what is usual for the criterion)", valueName: "share"))
    var damping: Double?

    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Loss and curvature") var curvature: CurvatureOptions

    @Flag(
        name: .customLong("recalibrate-bn"),
        help: "Take the statistics of batch normalisations from the data after pruning.")
    var recalibratesNormalisation = false

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

    @Flag(help: "In .onnx, store tensors as sparse initialisers where these are smaller. Not every runtime reads them.")
    var sparseInitializers = false

    @Flag(name: [.customShort("n"), .long], help: "Plan and predict the size; write nothing.")
    var dryRun = false

    @Flag(name: .customLong("no-verify"), help: "Do not read the output again to check it.")
    var skipsVerification = false

    @OptionGroup var report: ReportOptions
    @OptionGroup var work: WorkOptions

    func validate() throws {
        let isLearned = Catalog.criteria.contains { $0.id == criterion && $0.needs == .training }
        guard sparsity != nil || pattern != nil || targets.target != nil || isLearned && training.epochs != nil else {
            throw ValidationError("Say how much to prune, with --sparsity, --pattern or a target.")
        }
        guard targets.target == nil || (sparsity == nil && pattern == nil) else {
            throw ValidationError("A target finds the sparsity itself; leave --sparsity and --pattern out.")
        }
        guard scope == nil || allocation == nil else {
            throw ValidationError("--scope and --allocation say the same; give one.")
        }
        if let damping, !(damping >= 0 && damping.isFinite) {
            throw ValidationError("--damping is a number that is not negative.")
        }
    }

    func run() throws {
        let pattern = try pattern.map { try GroupPattern($0) }
        let request = try PruningRequest(
            sparsity: sparsity ?? pattern?.sparsity ?? 0, scope: scope ?? .global, minimumKept: minKeep)
        var job = PruneJob(input: input, output: output, request: request)
        job.target = targets.target
        job.criterion = criterion
        job.criterionOptions = CriterionOptions(seed: seed, damping: damping)
        curvature.apply(to: &job.criterionOptions)
        job.allocation = allocation ?? scope.map { $0 == .layer ? "uniform" : "global" }
        job.pattern = pattern
        job.data = data.request
        job.training = training.request
        job.training?.choosesSparsity = sparsity == nil && pattern == nil && targets.target == nil
        job.validation = validation.request(like: data.request)
        job.validationSplit = validation.validationSplit
        job.recalibratesNormalisation = recalibratesNormalisation
        job.include = include
        job.exclude = exclude
        job.keepsOptimizer = keepOptimizer
        job.overwrites = force
        job.isStrict = strict
        job.storesSparse = sparseInitializers
        job.isDryRun = dryRun
        job.verifies = !skipsVerification
        let result = try work.run { options in
            job.options = options
            return try job.run()
        }
        try report.show(result, isQuiet: work.quiet, isWritten: !dryRun, work: work)
    }
}

extension SparsityScope: ExpressibleByArgument {}
