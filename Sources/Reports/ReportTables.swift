/// The tables of a report, as cells for people.
struct ReportTables {
    let report: ModelReport

    var tensors: Table {
        let table = Table(
            columns: [
                .init(title: "tensor", isNumeric: false), .init(title: "shape", isNumeric: false),
                .init(title: "type", isNumeric: false), .init(title: "elements", isNumeric: true),
                .init(title: "kept", isNumeric: true), .init(title: "sparsity", isNumeric: true),
                .init(title: "dense", isNumeric: true), .init(title: "in file", isNumeric: true),
                .init(title: "values", isNumeric: true), .init(title: "index", isNumeric: true),
                .init(title: "bound", isNumeric: true), .init(title: "overhead", isNumeric: true),
                .init(title: "gzip", isNumeric: true), .init(title: "encoding", isNumeric: false),
                .init(title: "prunable", isNumeric: false),
            ],
            rows: report.tensors.map(row))
        return table.withoutEmptyColumns()
    }

    private func row(_ tensor: TensorReport) -> [String] {
        [
            tensor.name, "(" + tensor.shape.map(String.init).joined(separator: ", ") + ")", tensor.type,
            NumberText.grouped(tensor.elements), grouped(tensor.nonzeros),
            tensor.sparsity.map(NumberText.percent) ?? "", NumberText.grouped(tensor.denseBytes),
            grouped(tensor.fileBytes), grouped(tensor.valueBytes), grouped(tensor.indexBytes),
            tensor.indexBytes == nil ? "" : grouped(tensor.indexBoundBits.map { Int(($0 / 8).rounded(.up)) }),
            grouped(tensor.overheadBytes), grouped(tensor.gzipBytes), tensor.encoding,
            (tensor.prunable ? "yes: " : "no: ") + tensor.reason,
        ]
    }

    var layers: Table {
        let table = Table(
            columns: [
                .init(title: "layer", isNumeric: false), .init(title: "kind", isNumeric: false),
                .init(title: "output", isNumeric: false), .init(title: "multiplications", isNumeric: true),
                .init(title: "additions", isNumeric: true), .init(title: "sparse mult.", isNumeric: true),
                .init(title: "sparse add.", isNumeric: true), .init(title: "note", isNumeric: false),
            ],
            rows: report.layers.map { layer in
                [
                    layer.name, layer.kind, layer.outputShape ?? "unknown", known(layer.multiplications),
                    known(layer.additions), known(layer.sparseMultiplications), known(layer.sparseAdditions),
                    layer.note ?? "",
                ]
            })
        return table.withoutEmptyColumns()
    }

    /// Label and value, a line each.
    var summary: [(label: String, text: String)] {
        let totals = report.totals
        var lines: [(String, String)] = []
        if let source = report.source {
            lines.append(("source", "\(source.file), \(NumberText.grouped(source.fileBytes)) bytes"))
        }
        lines.append(("file", "\(report.file), \(NumberText.grouped(totals.fileBytes)) bytes"))
        lines.append(("format", [report.format, report.layout].compactMap(\.self).joined(separator: ", ")))
        if let pruning = report.pruning { lines.append(("pruning", text(pruning))) }
        if let target = report.pruning?.target { lines.append(("target", text(target))) }
        if let training = report.pruning?.training { lines.append(("training", text(training))) }
        if let source = report.source, source.optimizerBytesDropped > 0 {
            lines.append(
                ("optimizer", "\(NumberText.grouped(source.optimizerBytesDropped)) bytes of optimizer state dropped"))
        }
        lines += dataSummary
        lines.append(("sparsity", sparsityText))
        lines.append(("bytes", bytesText))
        if let source = report.source, totals.fileBytes > 0 { lines.append(("against source", text(source))) }
        if let index = totals.indexBytes, index > 0, let bits = totals.indexBoundBits, bits > 0 {
            let bound = bits / 8
            lines.append(
                (
                    "index",
                    "\(NumberText.grouped(index)) bytes; the information bound log2 C(n,k) is "
                        + "\(NumberText.grouped(Int(bound.rounded(.up)))) (\(NumberText.fixed(Double(index) / bound, 3))x)"
                ))
        }
        if let gzip = totals.gzipBytes {
            lines.append(("gzip -6", "\(NumberText.grouped(gzip)) bytes for the dense tensors, zeros and all"))
        }
        if let flops = totals.flops, let sparse = totals.sparseFlops {
            lines.append(("operations", text(flops, sparse)))
        }
        if !totals.unknownLayers.isEmpty {
            lines.append(("unknown", "operations of " + totals.unknownLayers.joined(separator: ", ")))
        }
        return lines
    }

    /// What was dropped is no merit of the encoding, so the ratio is told without it too.
    private func text(_ source: SourceReport) -> String {
        func ratio(_ bytes: Int) -> String {
            NumberText.fixed(Double(bytes) / Double(report.totals.fileBytes), 2) + "x smaller"
        }
        let dropped = source.optimizerBytesDropped
        let rest = dropped > 0 ? ", " + ratio(source.fileBytes - dropped) + " than without the optimizer state" : ""
        return ratio(source.fileBytes) + rest
    }

    private func text(_ pruning: PruningReport) -> String {
        let seed = pruning.seed.map { ", seed \($0)" } ?? ""
        let isNamed = !["global", "uniform"].contains(pruning.allocation)
        let rule =
            pruning.pattern.map { "pattern \($0)" }
            ?? (isNamed ? "allocation \(pruning.allocation)" : "\(pruning.scope) scope")
        return "\(pruning.criterion)\(seed), \(rule): \(NumberText.grouped(pruning.zeros)) zeros among "
            + "\(NumberText.grouped(pruning.prunableElements)) prunable elements, "
            + "\(NumberText.grouped(pruning.requestedZeros)) asked for "
            + "(\(NumberText.percent(pruning.requestedSparsity)))"
    }

    private var sparsityText: String {
        let totals = report.totals
        guard let all = totals.sparsity else { return "unknown" }
        let prunable = totals.prunableSparsity.map {
            "\(NumberText.percent($0)) of \(NumberText.grouped(totals.prunableElements)) prunable elements, "
        }
        return (totals.prunableElements > 0 ? prunable ?? "" : "")
            + "\(NumberText.percent(all)) of all \(NumberText.grouped(totals.elements))"
    }

    private var bytesText: String {
        let totals = report.totals
        let parts = [
            ("values", totals.valueBytes), ("index", totals.indexBytes), ("overhead", totals.overheadBytes),
            ("container", totals.containerBytes),
        ].compactMap { name, value in value.map { "\(name) \(NumberText.grouped($0))" } }
        return "\(NumberText.grouped(totals.denseBytes)) dense -> \(NumberText.grouped(totals.fileBytes)) "
            + "(\(NumberText.fixed(totals.compressionRatio, 2))x): " + parts.joined(separator: ", ")
    }

    private func text(_ flops: Int, _ sparse: Int) -> String {
        let totals = report.totals
        let ratio = sparse > 0 ? " (\(NumberText.fixed(Double(flops) / Double(sparse), 2))x fewer)" : ""
        return "\(known(totals.multiplications)) multiplications + \(known(totals.additions)) additions dense -> "
            + "\(known(totals.sparseMultiplications)) + \(known(totals.sparseAdditions)) sparse; "
            + "FLOPs \(NumberText.grouped(flops)) -> \(NumberText.grouped(sparse))\(ratio)"
    }

    private func grouped(_ value: Int?) -> String { value.map(NumberText.grouped) ?? "" }
    private func known(_ value: Int?) -> String { value.map(NumberText.grouped) ?? "unknown" }
}
