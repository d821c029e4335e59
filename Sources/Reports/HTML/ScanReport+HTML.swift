extension ScanReport {
    /// A page with what each tensor costs by itself.
    public var html: String {
        var page = HTMLPage(title: "Scan of \(model)")
        page.add("In short", "<pre>\(HTMLPage.escaped(verdict, keepingLines: true))</pre>\n")
        page.add("What a sparsity of \(NumberText.percent(judgedAt)) costs", bars)
        page.add("All that was tried", table.html)
        return page.text
    }

    private var bars: String {
        let costs = tensors.compactMap { tensor -> (ScannedTensor, Double)? in
            tensor.points.first { $0.sparsity == judgedAt }.map { (tensor, cost($0)) }
        }
        let most = max(costs.map(\.1).max() ?? 0, .leastNormalMagnitude)
        let unit = dense.accuracy == nil ? "% of the loss" : "points of accuracy"
        return
            "<p class=\"key\"><i class=\"two\"></i>more than is tolerated<i class=\"one\"></i>others</p>\n<table>\n<tbody>\n"
            + costs.map { tensor, cost in
                HTMLPage.row(
                    tensor.name, "\(NumberText.fixed(100 * cost, 2)) \(unit)",
                    [(tensor.isSensitive ? "two" : "one", max(cost, 0) / most)])
            }.joined() + "</tbody>\n</table>\n"
    }

    /// A share of the examples, or of the loss.
    private func cost(_ point: ScanPoint) -> Double {
        if let before = dense.accuracy, let after = point.accuracy { return before - after }
        return dense.value == 0 ? 0 : (point.loss - dense.value) / abs(dense.value)
    }
}
