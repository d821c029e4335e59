import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct KerasArchiveJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    @Test(arguments: ["trained", "assets"], ["spm", "h5"])
    func thereAndBack(name: String, ending: String) throws {
        let source = Fixtures.path("keras/\(name).keras")
        _ = try ConvertJob(input: source, output: folder("middle.\(ending)")).run()
        _ = try ConvertJob(input: folder("middle.\(ending)"), output: folder("back.keras")).run()
        #expect(try DiffJob(left: source, right: folder("back.keras")).run().isSame)
        let (before, after) = (try ModelFiles.open(source), try ModelFiles.open(folder("back.keras")))
        #expect(Set(before.tree.entries.map(\.path)) == Set(after.tree.entries.map(\.path)))
        #expect(before.tree.entries[0] == after.tree.entries[0])
    }

    /// The configuration tells the layers, so that operations are counted and biases kept.
    @Test func isPrunedByItsLayers() throws {
        let source = Fixtures.path("keras/trained.keras")
        let report = try PruneJob(
            input: source, output: folder("out.keras"), request: try PruningRequest(sparsity: 0.5)
        ).run()
        #expect(report.format == "keras")
        #expect(report.layout?.hasPrefix("model archive of Keras 3") == true)
        #expect(report.totals.multiplications == 42)
        #expect(report.totals.sparseMultiplications == 21)
        #expect(report.pruning?.zeros == 21)
        #expect(report.source?.optimizerBytesDropped ?? 0 > 0)
        #expect(report.tensors.allSatisfy { !$0.name.hasPrefix("optimizer") })
        var check = VerifyJob(input: folder("out.keras"))
        check.dense = source
        #expect(try check.run().isSound)
    }

    @Test func whatIsNoArchiveCannotBecomeOne() throws {
        #expect {
            try ConvertJob(input: Fixtures.path("digits_mlp.weights.h5"), output: folder("out.keras")).run()
        } throws: {
            code($0) == .unsupported && "\($0)".contains("Load the model with Keras")
        }
        #expect(folder.contents.isEmpty)
    }

    /// Keras's configuration does not come to stand where Hugging Face's libraries look for theirs, and the report says so.
    @Test(arguments: ["model.safetensors", "other.safetensors"])
    func itsConfigurationIsNotTakenForAnother(name: String) throws {
        let report = try ConvertJob(input: Fixtures.path("keras/trained.keras"), output: folder(name)).run()
        #expect(folder.contents == [name])
        #expect(report.notes.contains { $0.contains("config.json is not written") && $0.contains("Keras") })
        var strict = ConvertJob(input: Fixtures.path("keras/trained.keras"), output: folder("strict/\(name)"))
        strict.isStrict = true
        #expect(throws: SparsifyError.self) { try strict.run() }
    }

    /// A child walks the weights before libhdf5 meets them here.
    @Test func theProbeWalksTheWeights() throws {
        try makeProgram(folder("probe"), "kill -SEGV $$")
        var options = JobOptions(threads: 1)
        options.probeExecutable = folder("probe")
        #expect { try OpenModel(Fixtures.path("keras/trained.keras"), options: options) } throws: {
            "\($0)".contains("trained.keras") && "\($0)".contains("died of signal 11")
        }
    }
}
