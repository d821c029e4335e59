internal import Tensors

/// How much each tensor of a model matters.
public struct ScanReport: Sendable, Hashable, Encodable {
    public var model: String
    public var criterion: String
    /// Examples that the network was run on.
    public var samples: Int
    /// How the model does as it is.
    public var dense: EvaluationReport
    /// The sparsity by which tensors were judged, and what they may cost there: a share of the examples, or of the loss
    /// where there is no accuracy.
    public var judgedAt: Double
    public var tolerance: Double
    public var tensors: [ScannedTensor]
    /// Tensors that cost more than that.
    public var exclude: [String]

    public init(
        model: String, criterion: String, samples: Int, dense: EvaluationReport, judgedAt: Double, tolerance: Double,
        tensors: [ScannedTensor]
    ) {
        self.model = model
        self.criterion = criterion
        self.samples = samples
        self.dense = dense
        self.judgedAt = judgedAt
        self.tolerance = tolerance
        self.tensors = tensors
        exclude = tensors.filter(\.isSensitive).map(\.name)
    }

    var table: Table {
        Table(
            columns: [
                .init(title: "tensor", isNumeric: false), .init(title: "elements", isNumeric: true),
                .init(title: "sparsity", isNumeric: true), .init(title: "zeros", isNumeric: true),
                .init(title: "loss", isNumeric: true), .init(title: "accuracy", isNumeric: true),
                .init(title: "", isNumeric: false),
            ],
            rows: tensors.flatMap { tensor in
                tensor.points.map { point in
                    [
                        tensor.name, NumberText.grouped(tensor.elements), NumberText.percent(point.sparsity),
                        NumberText.grouped(point.zeros), NumberText.fixed(point.loss, 6),
                        point.accuracy.map(NumberText.percent) ?? "",
                        tensor.isSensitive && point.sparsity == judgedAt ? "sensitive" : "",
                    ]
                }
            }
        ).withoutEmptyColumns()
    }

    /// How the model does as it is, and what is to be left out.
    var verdict: String {
        let accuracy = dense.accuracy.map { ", accuracy \(NumberText.percent($0))" } ?? ""
        let unit = dense.accuracy == nil ? "% of the loss" : "points of accuracy"
        let limit = "\(NumberText.fixed(100 * tolerance, 2)) \(unit) at a sparsity of \(NumberText.percent(judgedAt))"
        let sensitive =
            exclude.isEmpty
            ? "No tensor by itself costs more than \(limit).\n"
            : "These cost more than \(limit) by themselves:\n"
                + exclude.map { "  --exclude '\(printableName($0))'\n" }.joined()
        return
            "as it is   loss \(NumberText.fixed(dense.value, 6))\(accuracy), \(NumberText.grouped(samples)) examples\n\n"
            + sensitive
    }

    /// For people: a table, and what follows from it.
    public var text: String { table.aligned + "\n" + verdict }

    private func printableName(_ name: String) -> String { printable(name).replacing("'", with: "'\\''") }
}

/// A tensor that was pruned alone.
public struct ScannedTensor: Sendable, Hashable, Encodable {
    public var name: String
    public var elements: Int
    /// Zeros that it has as it is.
    public var zeros: Int
    public var points: [ScanPoint]
    /// Whether it costs more than is tolerated at the sparsity that tensors are judged by.
    public var isSensitive: Bool

    public init(name: String, elements: Int, zeros: Int, points: [ScanPoint], isSensitive: Bool) {
        self.name = name
        self.elements = elements
        self.zeros = zeros
        self.points = points
        self.isSensitive = isSensitive
    }
}

/// What the network comes to with one tensor at one sparsity.
public struct ScanPoint: Sendable, Hashable, Encodable {
    public var sparsity: Double
    /// Counted in the tensor that the network was run with.
    public var zeros: Int
    public var loss: Double
    public var accuracy: Double?

    public init(sparsity: Double, zeros: Int, loss: Double, accuracy: Double?) {
        self.sparsity = sparsity
        self.zeros = zeros
        self.loss = loss
        self.accuracy = accuracy
    }
}
