internal import Tensors

/// Markdown tables.
public struct MarkdownRenderer: ReportRenderer {
    public init() {}

    public var id: String { "markdown" }

    public func render(_ report: ModelReport) -> String {
        let tables = ReportTables(report: report)
        var text = "## " + printable(report.file) + "\n\n"
        for (label, line) in tables.summary { text += "- **\(label)**: \(printable(line))\n" }
        text += "\n" + tables.tensors.markdown
        if !report.layers.isEmpty { text += "\n" + tables.layers.markdown }
        if let errors = tables.layerErrors { text += "\n" + errors.markdown }
        if let trials = tables.trials { text += "\n" + trials.markdown }
        if let epochs = tables.epochs { text += "\n" + epochs.markdown }
        if !report.notes.isEmpty { text += "\n" + report.notes.map { "- \(printable($0))\n" }.joined() }
        return text
    }
}
