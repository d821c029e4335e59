/// One line a tensor, plain numbers, as RFC 4180 has it; column names are the keys of the JSON.
public struct CSVRenderer: ReportRenderer {
    public init() {}

    public var id: String { "csv" }

    public func render(_ report: ModelReport) -> String {
        Table(
            columns: [
                "name", "shape", "type", "elements", "nonzeros", "sparsity", "denseBytes", "fileBytes", "valueBytes",
                "indexBytes", "overheadBytes", "indexBoundBits", "gzipBytes", "encoding", "prunable", "reason", "layer",
            ].map { Table.Column(title: $0, isNumeric: false) },
            rows: report.tensors.map { tensor in
                [
                    tensor.name, tensor.shape.map(String.init).joined(separator: "x"), tensor.type,
                    String(tensor.elements), text(tensor.nonzeros), text(tensor.sparsity), String(tensor.denseBytes),
                    text(tensor.fileBytes), text(tensor.valueBytes), text(tensor.indexBytes),
                    text(tensor.overheadBytes), text(tensor.indexBoundBits), text(tensor.gzipBytes), tensor.encoding,
                    String(tensor.prunable), tensor.reason, tensor.layer ?? "",
                ]
            }
        ).csv
    }

    private func text(_ value: (some CustomStringConvertible)?) -> String { value.map(\.description) ?? "" }
}
