internal import ArgumentParser
internal import Reports
internal import Sparsify

struct ScanCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scan",
        abstract: "Tell how much each tensor matters, and which should be left out of a pruning.",
        discussion: """
            Each prunable tensor is pruned alone, to several sparsities, and the network run on the data, or on the validation \
            data where there is some. The zeros in the table are counted in the tensor that the network was run with. A \
            tensor that costs more than --tolerance at --at is sensitive, and the options that leave it out are printed, \
            ready to be copied. What tensors cost together may be more than the sum; `sparsify sweep` tells.

            EXAMPLE
              sparsify scan model.h5 --data d.npz --scale 1/255 --sparsities 0.5,0.8,0.95 --tolerance 0.5%
            """)

    @Argument(help: "The model, in any format that carries a network.", completion: .file())
    var model: String

    @Option(help: ArgumentHelp("Sparsities, with commas between them.", valueName: "S,S"))
    var sparsities = Shares(values: [0.5, 0.8, 0.9])

    @Option(help: ArgumentHelp("How weights are ranked; `sparsify criteria` lists criteria.", valueName: "name"))
    var criterion = "magnitude"

    @Option(
        help: ArgumentHelp(
            "The accuracy that a tensor may cost, of all examples; of the loss, where there are no classes. (default: 1%)",
            valueName: "share"))
    var tolerance: Share?

    @Option(
        help: ArgumentHelp(
            "The sparsity that tensors are judged by, of those tried the nearest. (default: 0.8)", valueName: "S"))
    var at: Share?

    @OptionGroup var exploring: ExploringOptions
    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup(title: "Loss and curvature") var curvature: CurvatureOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var page: PageOptions
    @OptionGroup var work: WorkOptions

    func run() throws {
        var job = try SensitivityJob(input: model)
        exploring.apply(to: &job.base)
        curvature.apply(to: &job.base.criterionOptions)
        job.base.criterion = criterion
        job.base.data = data.request
        job.base.validation = validation.request(like: data.request)
        job.base.validationSplit = validation.validationSplit
        job.sparsities = sparsities.values
        if let tolerance { job.tolerance = tolerance.value }
        if let at { job.judgedAt = at.value }
        let report = try work.run { options in
            job.base.options = options
            return try job.run()
        }
        try page.write(report.html)
        if json { return Terminal.write(JSONText.encode(report)) }
        if !work.quiet { Terminal.write(report.text) }
    }
}
