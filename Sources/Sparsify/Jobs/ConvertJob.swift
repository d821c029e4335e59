internal import ModelIO
public import Reports
internal import SPMFormat

/// A model file in another format, or the same one, with nothing lost and nothing pruned.
public struct ConvertJob: Sendable {
    public var input: String
    public var output: String
    public var overwrites = false
    /// Leaves optimizer state out.
    public var dropsOptimizer = false
    /// Reads the output again and checks it.
    public var verifies = true
    public var options = JobOptions()

    public init(input: String, output: String) {
        self.input = input
        self.output = output
    }

    /// - Returns: the report on the file that was written.
    public func run() throws -> ModelReport {
        let format = try ModelFiles.format(forWriting: output)
        let original = try OpenModel(input, options: options)
        let model = dropsOptimizer ? original.droppingOptimizer() : original
        let writer = try format.makeWriter(
            path: output, tree: model.reader.tree, tensors: model.reader.tensors,
            options: WriteOptions(overwrite: overwrites, threads: options.threads, cancellation: options.cancellation))
        if let spm = writer as? SPMWriter { spm.metadata = model.reader.metadata }
        let given = try TensorCopy.run(model.reader, to: writer, options: options)

        let reading = options.forOwnOutput
        let written = try OpenModel(output, options: reading)
        var report = try ModelInspector(model: written, selection: nil, options: reading).report(scansValues: verifies)
        if verifies { try TensorCopy.check(report, given: given) }
        report.source = SourceReport(
            file: input, fileBytes: original.reader.fileSize, optimizerBytesDropped: model.droppedOptimizerBytes)
        report.notes = model.reader.warnings + model.notes + report.notes
        return report
    }
}
