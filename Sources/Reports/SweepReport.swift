/// What a model comes to when it is pruned in different ways.
public struct SweepReport: Sendable, Hashable, Encodable {
    public var model: String
    public var rows: [SweepRow]

    /// Marks the rows than which no other is both smaller and better.
    public init(model: String, rows: [SweepRow]) {
        self.model = model
        self.rows = rows.map { row in
            var row = row
            row.isBest = row.quality.map { quality in
                !rows.contains { other in
                    guard let its = other.quality else { return false }
                    return other.fileBytes <= row.fileBytes && its >= quality
                        && (other.fileBytes < row.fileBytes || its > quality)
                }
            }
            return row
        }
    }

    public var table: Table {
        Table(
            columns: [
                .init(title: "criterion", isNumeric: false), .init(title: "sparsity", isNumeric: true),
                .init(title: "zeros", isNumeric: true), .init(title: "bytes", isNumeric: true),
                .init(title: "FLOPs", isNumeric: true), .init(title: "loss", isNumeric: true),
                .init(title: "accuracy", isNumeric: true), .init(title: "seconds", isNumeric: true),
                .init(title: "best", isNumeric: false),
            ],
            rows: rows.map { row in
                [
                    row.criterion, NumberText.percent(row.sparsity), NumberText.grouped(row.zeros),
                    NumberText.grouped(row.fileBytes), row.flopsShare.map(NumberText.percent) ?? "",
                    row.loss.map { NumberText.fixed($0, 6) } ?? "", row.accuracy.map(NumberText.percent) ?? "",
                    NumberText.fixed(row.seconds, 1), row.isBest == true ? "*" : "",
                ]
            }
        ).withoutEmptyColumns()
    }
}

/// One pruning of a sweep.
public struct SweepRow: Sendable, Hashable, Codable {
    public var criterion: String
    /// Share of the prunable elements that was asked for, and how many there are then.
    public var sparsity: Double
    public var zeros: Int
    /// Of the `.spm` file that would be written.
    public var fileBytes: Int
    /// Operations of one example, dense and without the zeros; nil where no layer's are known.
    public var flops: Int?
    public var sparseFlops: Int?
    /// On the validation data, or the data where there is none; nil without labels.
    public var loss: Double?
    public var accuracy: Double?
    /// The same of the model that was pruned.
    public var denseLoss: Double?
    public var denseAccuracy: Double?
    /// What the pruning took, and measuring it.
    public var seconds: Double
    /// Whether no other row is both smaller and better; nil where nothing tells which is better.
    public var isBest: Bool?

    public init(
        criterion: String, sparsity: Double, zeros: Int, fileBytes: Int, flops: Int?, sparseFlops: Int?, loss: Double?,
        accuracy: Double?, denseLoss: Double?, denseAccuracy: Double?, seconds: Double
    ) {
        self.criterion = criterion
        self.sparsity = sparsity
        self.zeros = zeros
        self.fileBytes = fileBytes
        self.flops = flops
        self.sparseFlops = sparseFlops
        self.loss = loss
        self.accuracy = accuracy
        self.denseLoss = denseLoss
        self.denseAccuracy = denseAccuracy
        self.seconds = seconds
    }

    var flopsShare: Double? {
        guard let flops, let sparseFlops, flops > 0 else { return nil }
        return Double(sparseFlops) / Double(flops)
    }

    /// More is better.
    var quality: Double? { (accuracy ?? loss.map { -$0 }).flatMap { $0.isFinite ? $0 : nil } }
}
