internal import ArgumentParser
internal import Reports
internal import Sparsify

struct SweepCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep",
        abstract: "Prune a model in many ways, and compare bytes, operations and accuracy.",
        discussion: """
            Each criterion prunes to each sparsity; the .spm file that would come out is encoded and counted, and the network \
            run on the data, or on the validation data where there is some. Nothing is written. Rows than which no \
            other is both smaller and better are marked. With --epochs each is trained as `sparsify prune --epochs` does.

            With --rows each row is kept in a file as soon as it is done; the same command goes on from there.

            EXAMPLES
              sparsify sweep model.h5 --sparsities 0.5,0.8,0.9 --data d.npz --scale 1/255
              sparsify sweep model.h5 --criteria magnitude,obs --sparsities 0.9,0.95 --data d.npz --rows rows.jsonl
            """)

    @Argument(help: "The model, in any format that `sparsify formats` lists.", completion: .file())
    var model: String

    @Option(help: ArgumentHelp("Criteria, with commas between them; `sparsify criteria` lists them.", valueName: "a,b"))
    var criteria = "magnitude"

    @Option(help: ArgumentHelp("Sparsities, with commas between them.", valueName: "S,S"))
    var sparsities = Shares(values: [0.5, 0.8, 0.9, 0.95])

    @Option(help: ArgumentHelp("Keep each row in this file, and go on from it.", valueName: "file"))
    var rows: String?

    @OptionGroup var exploring: ExploringOptions
    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Validation") var validation: ValidationOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Loss and curvature") var curvature: CurvatureOptions

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var page: PageOptions

    @OptionGroup var work: WorkOptions

    func validate() throws {
        if training.checkpoint != nil || training.log != nil {
            throw ValidationError("--checkpoint and --log are of one training; a sweep keeps its rows with --rows.")
        }
    }

    func run() throws {
        var job = try SweepJob(input: model)
        exploring.apply(to: &job.base)
        curvature.apply(to: &job.base.criterionOptions)
        job.base.data = data.request
        job.base.training = training.request
        job.base.validation = validation.request(like: data.request)
        job.base.validationSplit = validation.validationSplit
        job.criteria = criteria.split(separator: ",").map(String.init)
        job.sparsities = sparsities.values
        job.log = rows
        let report = try work.run { options in
            job.base.options = options
            return try job.run()
        }
        try page.write(report.html)
        if json { return Terminal.write(JSONText.encode(report)) }
        if !work.quiet { Terminal.write(report.table.aligned) }
    }
}
