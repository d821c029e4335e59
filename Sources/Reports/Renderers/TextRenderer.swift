internal import Tensors

/// Aligned text for a terminal.
public struct TextRenderer: ReportRenderer {
    public init() {}

    public var id: String { "text" }

    public func render(_ report: ModelReport) -> String {
        let tables = ReportTables(report: report)
        var text = tables.tensors.aligned + "\n"
        if !report.layers.isEmpty { text += tables.layers.aligned + "\n" }
        if let errors = tables.layerErrors { text += errors.aligned + "\n" }
        if let trials = tables.trials { text += trials.aligned + "\n" }
        if let epochs = tables.epochs { text += epochs.aligned + "\n" }
        let summary = tables.summary
        let width = summary.map(\.label.count).max() ?? 0
        for (label, line) in summary {
            text += label + String(repeating: " ", count: width - label.count + 2) + printable(line) + "\n"
        }
        for note in report.notes { text += "note: " + printable(note) + "\n" }
        return text
    }
}
