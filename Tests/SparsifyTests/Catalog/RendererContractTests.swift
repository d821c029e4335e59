import Pruning
import Reports
import Testing

@testable import Sparsify

/// What every renderer in the catalog promises.
@Suite struct RendererContractTests {
    @Test(arguments: Catalog.renderers.map(\.id))
    func everyTensorIsInEveryReport(id: String) throws {
        let folder = try TemporaryFolder()
        let renderer = Catalog.renderer(id)
        #expect(renderer.id == id)
        let pruned = try PruneJob(
            input: Fixtures.path("digits_mlp.h5"), output: folder("p.spm"), request: try PruningRequest(sparsity: 0.5)
        ).run()
        for report in [pruned] + (try Fixtures.all.map { try InspectJob(input: Fixtures.path($0)).run() }) {
            let text = renderer.render(report)
            #expect(text.utf8.last == UInt8(ascii: "\n"))
            // Markdown puts a backslash before some characters.
            let plain = text.replacing("\\", with: "")
            let missing = report.tensors.map(\.name).filter { !plain.contains($0) }
            #expect(missing.isEmpty)
            #expect(renderer.render(report) == text)
        }
    }

    @Test(arguments: Catalog.renderers.map(\.id))
    func noEscapeSequenceGetsThrough(id: String) {
        let evil = "a\u{1b}[31m\u{9b}2J\u{7f}\rb"
        let report = ModelReport(
            file: evil, format: "hdf5", layout: evil, fileBytes: 12,
            source: SourceReport(file: evil, fileBytes: 1, optimizerBytesDropped: 0),
            tensors: [
                TensorReport(
                    name: evil, shape: [1], type: "float32", elements: 1, nonzeros: 1, denseBytes: 4, fileBytes: 4,
                    encoding: "dense", prunable: true, reason: evil, layer: evil)
            ],
            layers: [
                LayerReport(
                    name: evil, kind: evil, outputShape: "(1)", multiplications: nil, additions: nil,
                    sparseMultiplications: nil, sparseAdditions: nil, note: evil)
            ], notes: [evil])
        let text = Catalog.renderer(id).render(report)
        // RFC 4180 ends lines of comma-separated values with both.
        let raw = text.replacing("\r\n", with: "\n").unicodeScalars.filter {
            $0.value < 0x20 && $0 != "\n" || (0x7f...0x9f).contains($0.value)
        }
        #expect(raw.isEmpty, "\(raw.map(\.value))")
    }

    @Test func identifiersAreUnique() {
        #expect(Set(Catalog.renderers.map(\.id)).count == Catalog.renderers.count)
    }
}
