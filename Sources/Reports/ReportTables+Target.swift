/// How a target was met, as cells for people.
extension ReportTables {
    /// What was tried; nil where there was no target.
    var trials: Table? {
        guard let target = report.pruning?.target else { return nil }
        return Table(
            columns: [
                .init(title: "trial", isNumeric: true), .init(title: "zeros", isNumeric: true),
                .init(title: "sparsity", isNumeric: true), .init(title: "comes to", isNumeric: true),
                .init(title: "meets the target", isNumeric: false),
            ],
            rows: target.trials.enumerated().map { number, trial in
                [
                    String(number + 1), NumberText.grouped(trial.zeros),
                    NumberText.fixed(100 * trial.sparsity, 3) + " %",
                    TargetReport.text(trial.value, kind: target.kind), trial.meets ? "yes" : "no",
                ]
            })
    }

    func text(_ target: TargetReport) -> String {
        let near = target.resolution > 1 ? ", to within \(NumberText.grouped(target.resolution)) zeros" : ""
        return "at most \(TargetReport.text(target.limit, kind: target.kind)): "
            + "\(TargetReport.text(target.reached, kind: target.kind)) in \(target.trials.count) trials\(near)"
    }
}
