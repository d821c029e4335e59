/// What data had to do with it, as cells for people.
extension ReportTables {
    /// Reconstruction errors of layers; nil where there are none.
    var layerErrors: Table? {
        guard let layers = report.pruning?.data?.layers, !layers.isEmpty else { return nil }
        return Table(
            columns: [
                .init(title: "pruned by its inputs", isNumeric: false), .init(title: "method", isNumeric: false),
                .init(title: "damping", isNumeric: true), .init(title: "magnitude's error", isNumeric: true),
                .init(title: "error", isNumeric: true),
            ],
            rows: layers.map { layer in
                [
                    layer.tensor, layer.method, layer.damping.map(Self.significant) ?? "",
                    NumberText.fixed(layer.magnitudeError, 6), NumberText.fixed(layer.error, 6),
                ]
            }
        ).withoutEmptyColumns()
    }

    /// Label and value, a line each.
    var dataSummary: [(label: String, text: String)] {
        guard let data = report.pruning?.data else { return [] }
        let share = data.seed.map { " of \(NumberText.grouped(data.available)), data seed \($0)" } ?? ""
        var lines = [("data", "\(NumberText.grouped(data.samples)) examples\(share)")]
        if let count = data.validationSamples { lines.append(("validation", "\(NumberText.grouped(count)) examples")) }
        if let before = data.before, let after = data.after {
            if let first = before.accuracy, let second = after.accuracy {
                lines.append(("accuracy", "\(NumberText.percent(first)) -> \(NumberText.percent(second))"))
            }
            let change = after.value - before.value
            let predicted = data.predictedLossChange.map { ", foreseen \(Self.signed($0))" } ?? ""
            lines.append(
                (
                    "loss",
                    "\(NumberText.fixed(before.value, 6)) -> \(NumberText.fixed(after.value, 6)) "
                        + "(\(Self.words(after.loss))): \(Self.signed(change))\(predicted)"
                ))
        } else if let predicted = data.predictedLossChange {
            lines.append(("loss", "foreseen change \(Self.signed(predicted))"))
        }
        if !data.recalibratedLayers.isEmpty {
            lines.append(
                (
                    "recalibrated",
                    "statistics of \(data.recalibratedLayers.count) normalisations, from the same examples"
                ))
        }
        return lines
    }

    private static func signed(_ value: Double) -> String { (value < 0 ? "" : "+") + NumberText.fixed(value, 6) }

    /// Three digits that count, whatever the size.
    private static func significant(_ value: Double) -> String {
        guard value > 0, value.isFinite else { return "\(value)" }
        var (scaled, exponent) = (value, 0)
        while scaled >= 10 { (scaled, exponent) = (scaled / 10, exponent + 1) }
        while scaled < 1 { (scaled, exponent) = (scaled * 10, exponent - 1) }
        return -3...3 ~= exponent
            ? NumberText.fixed(value, max(2 - exponent, 0)) : NumberText.fixed(scaled, 2) + "e\(exponent)"
    }

    private static func words(_ loss: String) -> String {
        switch loss {
        case "crossEntropy": "cross-entropy"
        case "binaryCrossEntropy": "binary cross-entropy"
        case "meanSquaredError": "mean squared error"
        default: loss
        }
    }
}
