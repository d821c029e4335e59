internal import ArgumentParser
internal import Inference
internal import Sparsify

/// Which kernels run, as the command line says it.
struct KernelOptions: ParsableArguments {
    enum Kind: String, ExpressibleByArgument, CaseIterable { case auto, fixed, dense, sparse }

    @Option(
        help: ArgumentHelp(
            "dense or sparse kernels for all weights, or for each layer and batch those that take less time: by what was measured on this machine (auto), or by a table that is the same everywhere (fixed).",
            valueName: "auto|fixed|dense|sparse"))
    var kernels = Kind.auto

    @OptionGroup var calibration: CalibrationOptions

    var policy: KernelPolicy {
        switch kernels {
        case .auto: .automatic(calibration.table)
        case .fixed: .standard
        case .dense: .dense
        case .sparse: .sparse
        }
    }
}

/// How the costs of kernels are known.
struct CalibrationOptions: ParsableArguments {
    @Flag(help: "Measure anew how fast this machine's kernels are; else it is done once and kept in ~/.cache/sparsify.")
    var recalibrate = false

    var table: CostTable { CostTableCache().table(recalibrates: recalibrate) }
}
