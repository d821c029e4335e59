/// Turns a report into text of one kind.
public protocol ReportRenderer: Sendable {
    /// Short stable identifier, as on the command line.
    var id: String { get }
    func render(_ report: ModelReport) -> String
}
