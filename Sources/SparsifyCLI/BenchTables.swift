internal import Reports
internal import Sparsify

/// Times as a person reads them.
enum BenchTables {
    static func text(_ outcome: BenchJob.Outcome) -> String {
        outcome.batches.map { batch in
            let rows = batch.layers.map(row) + [total(batch)]
            let title =
                "batch \(batch.batch), \(outcome.threads) threads, \(NumberText.bytes(batch.memoryBytes)) for values"
            return title + "\n" + Table(columns: columns, rows: rows).aligned
        }.joined(separator: "\n")
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
