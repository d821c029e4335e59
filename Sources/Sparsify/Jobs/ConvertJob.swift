internal import ModelIO
public import Reports
internal import SPMFormat

/// A model file in another format, or the same one, with nothing pruned, and nothing lost that it has a place for.
public struct ConvertJob: Sendable {
    public var input: String
    public var output: String
    public var overwrites = false
    /// Fails where the format of the output has no place for something in the model.
    public var isStrict = false
    /// Stores tensors sparse where the format of the output can, and that is smaller.
    public var storesSparse = false
    /// The convention that names and axes of weights are changed to; nil: they stay as they are.
    public var layout: WeightLayout?
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
        let kept = dropsOptimizer ? original.droppingOptimizer() : original
        let model = try layout.map { try kept.laidOut($0, isStrict: isStrict, options: options) } ?? kept
        let losses = try Losses.check(format, output, model.reader, isStrict: isStrict)
        let writer = try format.makeWriter(
            path: output, tree: model.reader.tree, tensors: model.reader.tensors,
            options: WriteOptions(
                overwrite: overwrites, storesSparse: try ModelFiles.check(storesSparse, format, output),
                threads: options.threads, cancellation: options.cancellation))
        if let spm = writer as? SPMWriter { spm.metadata = model.reader.metadata }
        let given = try TensorCopy.run(model.reader, to: writer, options: options)

        let reading = options.forOwnOutput
        let written = try OpenModel(output, options: reading)
        var report = try ModelInspector(model: written, selection: nil, options: reading).report(scansValues: verifies)
        if verifies {
            try TensorCopy.check(report, given: TensorOrder(of: written.reader, from: model.reader)(given))
        }
        report.source = SourceReport(
            file: input, fileBytes: original.reader.fileSize, optimizerBytesDropped: model.droppedOptimizerBytes)
        report.notes = model.reader.warnings + model.notes + losses + report.notes
        return report
    }
}
