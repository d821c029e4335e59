internal import ModelIO
internal import Tensors

/// An open file together with what its layout means.
struct OpenModel: Sendable {
    let reader: any ModelReader
    let analysis: ModelAnalysis
    /// For each tensor, whether it is pruned by default, and why.
    let choices: [TensorSelection.Choice]
    /// What was done on the way from the file to this view of it, a sentence each.
    var notes: [String] = []
    var droppedOptimizerBytes = 0

    /// - Throws: what opening the file throws, in this process or in the probe's.
    init(_ path: String, options: JobOptions) throws {
        if let executable = options.probeExecutable {
            try ProbeProcess(executable: executable).check(path, options)
        }
        let reader = try ModelFiles.open(
            path,
            options: ReadOptions(
                maximumDeclaredBytes: options.maximumDeclaredBytes, threads: options.threads,
                cancellation: options.cancellation))
        try self.init(reader)
    }

    init(_ reader: any ModelReader) throws {
        self.reader = reader
        analysis = try ModelAnalysis(reader)
        choices = analysis.choices(reader.tensors)
    }
}
