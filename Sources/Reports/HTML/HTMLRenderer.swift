internal import Tensors

/// A page with the ledger of bytes, a bar for each tensor, and the curve of the training.
public struct HTMLRenderer: ReportRenderer {
    /// Of masks of some tensors.
    private let pictures: [MaskPicture]

    public init(pictures: [MaskPicture] = []) { self.pictures = pictures }

    public var id: String { "html" }

    public func render(_ report: ModelReport) -> String {
        let tables = ReportTables(report: report)
        var page = HTMLPage(title: report.file)
        page.add("In short", definitions(tables.summary))
        page.add("Where the bytes are", ledger(report.totals))
        page.add("What is kept", bars(report.tensors))
        page.add("Masks", masks)
        if let training = report.pruning?.training {
            page.add("Training", curves(training) + (tables.epochs?.html ?? ""))
        }
        page.add("Trials", tables.trials?.html)
        page.add("Layers pruned by their inputs", tables.layerErrors?.html)
        page.add("Tensors", tables.tensors.html)
        if !report.layers.isEmpty { page.add("Layers", tables.layers.html) }
        page.add("Notes", list(report.notes))
        return page.text
    }

    private var masks: String? {
        guard !pictures.isEmpty else { return nil }
        let cells = "The more of a cell's elements are not zero, the stronger is its colour; the last axis runs across."
        return "<p class=\"key\">\(cells)</p>\n<div class=\"masks\">\n" + pictures.map(\.html).joined() + "</div>\n"
    }

    private func definitions(_ lines: [(label: String, text: String)]) -> String {
        "<dl>\n"
            + lines.map { "<dt>\(HTMLPage.escaped($0.label))</dt><dd>\(HTMLPage.escaped($0.text))</dd>\n" }.joined()
            + "</dl>\n"
    }

    private func list(_ notes: [String]) -> String {
        notes.isEmpty ? "" : "<ul>\n" + notes.map { "<li>\(HTMLPage.escaped($0))</li>\n" }.joined() + "</ul>\n"
    }

    /// Rows of a name, a number and its share of the greatest.
    private func ledger(_ totals: TotalsReport) -> String {
        let lines: [(String, Int?)] = [
            ("dense values", totals.denseBytes), ("file", totals.fileBytes), ("values", totals.valueBytes),
            ("index", totals.indexBytes),
            ("information bound of the index", totals.indexBoundBits.map { Int(($0 / 8).rounded(.up)) }),
            ("headers of tensors", totals.overheadBytes), ("container", totals.containerBytes),
            ("gzip of the dense values", totals.gzipBytes),
        ]
        let known = lines.compactMap { line in line.1.map { (line.0, $0) } }
        let most = max(known.map(\.1).max() ?? 1, 1)
        return "<table>\n<tbody>\n"
            + known.map { name, bytes in
                HTMLPage.row(name, NumberText.grouped(bytes) + " bytes", [("one", Double(bytes) / Double(most))])
            }.joined() + "</tbody>\n</table>\n"
    }

    private func bars(_ tensors: [TensorReport]) -> String {
        let known = tensors.filter { $0.nonzeros != nil && $0.elements > 0 }
        guard !known.isEmpty else { return "" }
        return
            "<p class=\"key\"><i class=\"one\"></i>kept<i class=\"rest\"></i>kept, not prunable<i class=\"track\"></i>zero</p>\n<table>\n<tbody>\n"
            + known.map { tensor in
                let share = Double(tensor.nonzeros ?? 0) / Double(tensor.elements)
                let text = "\(NumberText.grouped(tensor.nonzeros ?? 0)) of \(NumberText.grouped(tensor.elements))"
                return HTMLPage.row(tensor.name, text, [(tensor.prunable ? "one" : "rest", share)])
            }.joined() + "</tbody>\n</table>\n"
    }

    private func curves(_ training: TrainingReport) -> String {
        let hasAccuracy = training.curve.contains { ($0.validationAccuracy ?? $0.accuracy) != nil }
        let quality = training.curve.map { point in
            (
                x: Double(point.epoch),
                y: hasAccuracy ? point.validationAccuracy ?? point.accuracy ?? .nan : point.validationLoss ?? point.loss
            )
        }
        let validated = training.curve.contains { $0.validationLoss != nil } ? "validation " : ""
        let name = validated + (hasAccuracy ? "accuracy" : "loss")
        let chart = Chart(
            xLabel: "epoch",
            curves: [
                .init(label: name, points: quality),
                .init(label: "sparsity", points: training.curve.map { (Double($0.epoch), $0.sparsity) }),
            ], best: nil, isCounted: true, xText: { NumberText.fixed($0, 0) },
            yText: { hasAccuracy ? NumberText.percent($0) : NumberText.fixed($0, 3) })
        guard let svg = chart.svg else { return "" }
        return "<p class=\"key\"><i class=\"one\"></i>\(name), left<i class=\"two\"></i>sparsity, right</p>\n" + svg
    }
}

extension SweepReport {
    /// A page with accuracy, or loss, against size.
    public var html: String {
        let known = rows.filter { $0.quality != nil }
        let hasAccuracy = known.contains { $0.accuracy != nil }
        let chart = Chart(
            xLabel: "bytes of the .spm file",
            curves: [
                .init(
                    label: hasAccuracy ? "accuracy" : "loss",
                    points: known.map { (Double($0.fileBytes), hasAccuracy ? $0.accuracy ?? .nan : $0.loss ?? .nan) })
            ], best: Set(known.indices.filter { known[$0].isBest == true }), xText: { NumberText.bytes(Int($0)) },
            yText: { hasAccuracy ? NumberText.percent($0) : NumberText.fixed($0, 3) })
        var page = HTMLPage(title: "Sweep of \(model)")
        page.add(
            hasAccuracy ? "Accuracy against size" : "Loss against size",
            chart.svg.map {
                "<p class=\"key\"><i class=\"one\"></i>no other is both smaller and better<i class=\"rest\"></i>others</p>\n"
                    + $0
            })
        page.add("Rows", table.html)
        return page.text
    }
}
