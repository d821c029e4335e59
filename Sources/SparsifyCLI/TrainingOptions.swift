public import ArgumentParser
internal import Pruning
public import Sparsify
internal import Training

/// Flags of a training, which goes with a pruning.
struct TrainingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Train for so many epochs while pruning, and after.", valueName: "n"))
    var epochs: Int?

    @Option(
        help: ArgumentHelp(
            "How the sparsity grows: " + Catalog.sparsitySchedules.map(\.id).joined(separator: ", ")
                + ". (default: cubic; one-shot where a learned criterion finds the sparsity)",
            valueName: "name"))
    var schedule: String?

    @Option(
        help: ArgumentHelp(
            "Share of the training before the first pruning. (default: 0%; 20% where the criterion is learned)",
            valueName: "share"))
    var start: Share?

    @Option(
        help: ArgumentHelp(
            "Share of the training after which the mask is held. (default: 50%, with one-shot the start; 80% where the criterion is learned)",
            valueName: "share"))
    var end: Share?

    @Option(
        help: ArgumentHelp("Steps from one pruning to the next. (default: a hundredth of the training)", valueName: "n")
    )
    var frequency: Int?

    @Option(
        help: ArgumentHelp(
            "Of the schedule iterative: the share of the weights left that goes in a round. (default: 20%)",
            valueName: "share"))
    var fraction: Share?

    @Flag(help: "Train pruned weights on, so that they may come back when the mask is chosen anew.")
    var regrow = false

    @Option(
        help: ArgumentHelp(
            "After each pruning, take the kept weights back to what they were after so many epochs.",
            valueName: "epoch"))
    var rewind: Int?

    @Option(
        help: ArgumentHelp(
            "The optimizer: " + Catalog.optimizers.map(\.id).joined(separator: ", ")
                + ". (default: nesterov; adam where the criterion is learned)",
            valueName: "name"))
    var optimizer: String?

    @Option(help: ArgumentHelp("The learning rate at its height. (default: the optimizer's)", valueName: "r"))
    var learningRate: Double?

    @Option(
        help: ArgumentHelp(
            "How the learning rate changes: " + Catalog.rateSchedules.map(\.id).joined(separator: ", ")
                + ". (default: cosine)", valueName: "name"))
    var rateSchedule: String?

    @Option(help: ArgumentHelp("Share of the training in which the learning rate rises.", valueName: "share"))
    var warmUp: Share?

    @Option(help: ArgumentHelp("Examples in a step of the training. (default: 128)", valueName: "n"))
    var trainBatch: Int?

    @Flag(help: "Let layers of dropout and noise act as the model says. (default: they do nothing)")
    var dropout = false

    @Option(help: ArgumentHelp("L of L/2 · Σ w² over weights.", valueName: "L"))
    var weightDecay: Double?

    @Option(help: ArgumentHelp("L of L · Σ |w| over weights.", valueName: "L"))
    var l1: Double?

    @Option(help: ArgumentHelp("The longest that a gradient may be; 0: any length. (default: 1)", valueName: "length"))
    var clipNorm: Double?

    @Option(
        help: ArgumentHelp(
            "Learn the dense network's outputs beside the labels: their share of the loss.", valueName: "share"))
    var distill: Share?

    @Option(help: ArgumentHelp("What outputs are divided by for that. (default: 4)", valueName: "T"))
    var temperature: Double?

    @Option(
        help: ArgumentHelp(
            "End the training after so many epochs without a better result on the validation data.", valueName: "n"))
    var patience: Int?

    @Option(
        help: ArgumentHelp(
            "Keep the training's state in this folder, and go on from there where it was interrupted.",
            valueName: "folder"), completion: .directory)
    var checkpoint: String?

    @Option(help: ArgumentHelp("Write a line of JSON for each epoch.", valueName: "file"), completion: .file())
    var log: String?

    func validate() throws {
        guard epochs == nil else { return }
        let given: [(String, Bool)] = [
            ("--schedule", schedule != nil), ("--start", start != nil), ("--end", end != nil),
            ("--frequency", frequency != nil), ("--fraction", fraction != nil), ("--regrow", regrow),
            ("--rewind", rewind != nil), ("--optimizer", optimizer != nil), ("--learning-rate", learningRate != nil),
            ("--rate-schedule", rateSchedule != nil), ("--warm-up", warmUp != nil),
            ("--train-batch", trainBatch != nil), ("--dropout", dropout),
            ("--weight-decay", weightDecay != nil), ("--l1", l1 != nil), ("--clip-norm", clipNorm != nil),
            ("--distill", distill != nil), ("--temperature", temperature != nil), ("--patience", patience != nil),
            ("--checkpoint", checkpoint != nil), ("--log", log != nil),
        ]
        if let (name, _) = given.first(where: { $0.1 }) {
            throw ValidationError("\(name) belongs to a training; add --epochs.")
        }
    }

    /// Nil where nothing is trained.
    var request: TrainingRequest? {
        guard let epochs else { return nil }
        var request = TrainingRequest(epochs: epochs)
        if let schedule { request.schedule = schedule }
        if let start { request.start = start.value }
        if let end { request.end = end.value }
        request.frequency = frequency
        if let fraction { request.fraction = fraction.value }
        request.regrows = regrow
        request.rewindEpoch = rewind
        if let optimizer { request.optimizer = optimizer }
        request.learningRate = learningRate
        if let rateSchedule { request.rateSchedule = rateSchedule }
        if let warmUp { request.warmUp = warmUp.value }
        if let trainBatch { request.batch = trainBatch }
        request.usesNoise = dropout
        if let weightDecay { request.weightDecay = weightDecay }
        if let l1 { request.l1 = l1 }
        if let clipNorm { request.clipNorm = clipNorm == 0 ? nil : clipNorm }
        request.distillation = distill?.value
        if let temperature { request.temperature = temperature }
        request.patience = patience
        request.checkpoint = checkpoint
        request.log = log
        return request
    }
}

/// Flags that say what results are told for.
struct ValidationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Examples that nothing is trained on or chosen by, in a file like --data: loss and accuracy are told for them.",
            valueName: "file"), completion: .file())
    var validation: String?

    @Option(
        name: .customLong("validation-x"),
        help: ArgumentHelp("The same, array by array, as --data-x; repeatable.", valueName: "[name=]file"))
    var inputs: [String] = []

    @Option(name: .customLong("validation-y"), help: ArgumentHelp("Labels, as --data-y.", valueName: "file"))
    var labels: String?

    @Option(
        help: ArgumentHelp(
            "Keep so many of --data's examples apart instead, or such a share, from the end: 1000, 10%.",
            valueName: "n"))
    var validationSplit: DataShare?

    func validate() throws {
        if validation != nil || !inputs.isEmpty, validationSplit != nil {
            throw ValidationError("Choose one of --validation and --validation-split.")
        }
        if validation == nil, inputs.isEmpty, labels != nil {
            throw ValidationError("--validation-y gives labels of no examples; add --validation-x.")
        }
    }

    /// Nil where there is no file; inputs are scaled as those of the data are.
    func request(like data: DataRequest?) -> DataRequest? {
        guard validation != nil || !inputs.isEmpty else { return nil }
        var request = DataRequest(file: validation)
        request.inputs = inputs.map { NamedFile($0) }.map { ($0.name, $0.file) }
        request.labels = labels
        request.samples = nil
        if let data { (request.scale, request.offset, request.batch) = (data.scale, data.offset, data.batch) }
        return request
    }
}

extension DataShare: ExpressibleByArgument {
    public init?(argument: String) {
        if let count = Int(argument), count > 1 {
            self = .count(count)
        } else if let share = Share(argument: argument), share.value > 0, share.value < 1 {
            self = .share(share.value)
        } else {
            return nil
        }
    }
}
