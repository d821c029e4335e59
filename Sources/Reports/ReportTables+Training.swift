/// How a network was trained, as cells for people.
extension ReportTables {
    /// At most so many epochs have a line; of more, every second, third, … has, and the last.
    private static var mostEpochs: Int { 25 }

    /// The curve; nil where nothing was trained.
    var epochs: Table? {
        guard let training = report.pruning?.training else { return nil }
        let interval = (training.curve.count - 1) / Self.mostEpochs + 1
        let points = training.curve.filter { $0.epoch % interval == 0 || $0.epoch == training.curve.last?.epoch }
        return Table(
            columns: [
                .init(title: "epoch", isNumeric: true), .init(title: "sparsity", isNumeric: true),
                .init(title: "learning rate", isNumeric: true), .init(title: "loss", isNumeric: true),
                .init(title: "accuracy", isNumeric: true), .init(title: "validation loss", isNumeric: true),
                .init(title: "validation accuracy", isNumeric: true),
            ],
            rows: points.map { point in
                [
                    String(point.epoch), NumberText.percent(point.sparsity), NumberText.fixed(point.learningRate, 6),
                    NumberText.fixed(point.loss, 6), point.accuracy.map(NumberText.percent) ?? "",
                    point.validationLoss.map { NumberText.fixed($0, 6) } ?? "",
                    point.validationAccuracy.map(NumberText.percent) ?? "",
                ]
            }
        ).withoutEmptyColumns()
    }

    func text(_ training: TrainingReport) -> String {
        let kept =
            training.keptEpoch < training.curve.count
            ? "; the weights are those after epoch \(training.keptEpoch), which were the best" : ""
        let prunings = training.prunings == 1 ? "1 pruning" : "\(training.prunings) prunings, \(training.schedule)"
        return
            "\(training.curve.count) epochs of \(NumberText.grouped(training.examples)) examples by \(training.optimizer), "
            + "\(prunings), seed \(training.seed)\(kept)"
    }
}
