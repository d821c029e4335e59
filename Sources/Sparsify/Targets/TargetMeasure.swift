internal import ModelIO
internal import Pruning
internal import Reports
internal import SPMFormat
internal import Tensors

/// Measures how a pruned model does by a target: really encoded, counted or run.
struct TargetMeasure {
    let target: PruningTarget
    let setup: PruningSetup
    let work: PruningWork

    /// - Throws: `usage` or `unsupported` where the target asks for what cannot be measured here.
    init(_ target: PruningTarget, _ setup: PruningSetup, _ work: PruningWork) throws {
        self.target = target
        self.setup = setup
        self.work = work
        try target.check()
        switch target {
        case .bytes:
            guard setup.format.id == "spm" else {
                throw SparsifyError(
                    .usage, "Zeros make a .spm file smaller, and hardly one of the format \(setup.format.id).",
                    file: setup.job.output, remedy: "Give the output the ending .spm, or use another target.")
            }
        case .flops: _ = try setup.model.network()
        case .drop:
            guard work.data != nil else {
                throw SparsifyError(
                    .usage, "A drop of accuracy is measured on data, and none is given.",
                    remedy: "Give examples with labels, with --data FILE.")
            }
            guard let before = work.before else {
                throw SparsifyError(
                    .usage, "A drop of accuracy needs labels, and the data has none.",
                    remedy: "Give them with --data-y FILE:NAME.")
            }
            guard before.accuracy != nil else {
                throw SparsifyError(
                    .usage, "The network gives numbers, and no classes that would be right or wrong (\(before.loss)).",
                    remedy: "Use --target-bytes or --target-flops.")
            }
        }
    }

    /// In the unit of the target.
    func value(_ pruned: PrunedModel) throws -> Double {
        switch target {
        case .bytes:
            let writer = try setup.makeMeasuringWriter()
            writer.metadata = PruningSummary(setup: setup, pruned: pruned).metadata
            try TensorCopy.run(pruned.reader, to: writer, options: setup.job.options)
            return Double(writer.byteCount)
        case .flops:
            let totals = try ModelInspector(
                model: setup.model.seen(through: pruned.reader), selection: setup.selection, options: setup.job.options
            ).report(scansValues: true).totals
            guard let dense = totals.flops, let sparse = totals.sparseFlops, dense > 0 else {
                throw SparsifyError(
                    .unsupported, "The operations of no layer are known.", file: setup.job.input,
                    remedy: "`sparsify inspect` says why for each.")
            }
            return Double(sparse) / Double(dense)
        case .drop:
            guard let before = work.before?.accuracy, let after = try work.evaluate(pruned)?.accuracy else {
                preconditionFailure("the accuracy of the dense network is known")
            }
            return before - after
        }
    }

    func meets(_ value: Double) -> Bool {
        // Accuracies are whole numbers of examples, whose quotients differ by rounding.
        if case .drop(let share) = target { value <= share + 1e-12 } else { value <= target.limit }
    }
}
