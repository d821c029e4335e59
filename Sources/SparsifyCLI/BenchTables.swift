internal import Inference
internal import Reports
internal import Sparsify

/// Times as a person reads them.
enum BenchTables {
    static func text(_ outcome: BenchJob.Outcome) -> String {
        let removals = outcome.removals.map { removal($0) + "\n" }.joined()
        return removals + (removals.isEmpty ? "" : "\n")
            + outcome.batches.map { table($0, outcome.threads) }.joined(separator: "\n")
    }

    /// `removed from conv1: 12 of 64 outputs (10 constant, 2 not read), 3 of 16 inputs`
    private static func removal(_ removal: Removal) -> String {
        var parts: [String] = []
        let outputs = removal.constantOutputs + removal.unreadOutputs
        if outputs > 0 {
            let reasons = [(removal.constantOutputs, "constant"), (removal.unreadOutputs, "not read")]
                .filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
            parts.append("\(outputs) of \(removal.outputs) outputs (\(reasons))")
        }
        if removal.removedInputs > 0 { parts.append("\(removal.removedInputs) of \(removal.inputs) inputs") }
        return "removed from \(removal.layer): \(parts.joined(separator: ", "))"
    }

    private static func table(_ batch: BenchJob.Batch, _ threads: Int) -> String {
        let rows = batch.layers.map(row) + [total(batch)]
        let title = "batch \(batch.batch), \(threads) threads, \(NumberText.bytes(batch.memoryBytes)) for values"
        return title + "\n" + Table(columns: columns, rows: rows).aligned
    }

    private static var columns: [Table.Column] {
        let names = ["layer", "sparsity", "dense ms", "sparse ms", "chosen", "ms", "GFLOP/s", "break-even"]
        return names.map { Table.Column(title: $0, isNumeric: !["layer", "chosen"].contains($0)) }
    }

    private static func row(_ layer: BenchJob.Layer) -> [String] {
        [
            layer.name, layer.sparsity.map { NumberText.percent($0) } ?? "", NumberText.fixed(layer.dense, 3),
            layer.sparsity == nil ? "" : NumberText.fixed(layer.sparse, 3),
            layer.sparsity == nil ? "" : layer.isSparse ? "sparse" : "dense", NumberText.fixed(layer.chosen, 3),
            layer.gigaflops.map { NumberText.fixed($0, 1) } ?? "",
            layer.breakEvenSparsity.map { NumberText.percent($0) } ?? "",
        ]
    }

    private static func total(_ batch: BenchJob.Batch) -> [String] {
        [
            "in all", "", NumberText.fixed(batch.dense, 3), NumberText.fixed(batch.sparse, 3), "",
            NumberText.fixed(batch.chosen, 3), "", "",
        ]
    }
}
