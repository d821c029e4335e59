internal import ModelIO
public import Reports

/// A report on a file of any format that is read.
public struct InspectJob: Sendable {
    public var input: String
    /// Also says what gzip of each dense tensor would take, which costs time.
    public var measuresGzip = false
    public var options = JobOptions()

    public init(input: String) { self.input = input }

    public func run() throws -> ModelReport {
        let model = try OpenModel(input, options: options).masked()
        var report = try ModelInspector(model: model, selection: nil, options: options).report(
            scansValues: true, measuresGzip: measuresGzip)
        report.notes = model.reader.warnings + model.notes + report.notes
        return report
    }
}
