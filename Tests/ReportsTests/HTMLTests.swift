import Foundation
import Testing

@testable import Reports

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct HTMLTests {
    private static let hostile = "a<script>alert('x')</script>&\"\u{1b}[31m"

    private static var report: ModelReport {
        var report = ModelReport(
            file: hostile, format: "spm", fileBytes: 100,
            tensors: [
                TensorReport(
                    name: hostile, shape: [2, 3], type: "float32", elements: 6, nonzeros: 2, denseBytes: 24,
                    fileBytes: 20,
                    encoding: "csr", prunable: true, reason: hostile)
            ])
        report.notes = [hostile]
        report.pruning = PruningReport(
            criterion: "magnitude", seed: nil, scope: "global", requestedSparsity: 0.5, prunableElements: 6,
            requestedZeros: 3, zeros: 4,
            training: TrainingReport(
                epochs: 2, steps: 4, examples: 10, batch: 5, optimizer: "sgd", learningRate: 0.1,
                rateSchedule: "cosine",
                schedule: "cubic", prunings: 3, lastPruning: 2, seed: 0, keptEpoch: 2, stoppedEarly: false,
                curve: (1...2).map {
                    TrainingPoint(
                        epoch: $0, step: 2 * $0, sparsity: 0.25 * Double($0), learningRate: 0.1, loss: 1 / Double($0),
                        accuracy: 0.5, validationLoss: nil, validationAccuracy: nil)
                }))
        return report
    }

    private static var sweep: SweepReport {
        SweepReport(
            model: hostile,
            rows: [(100, 0.9), (50, 0.8), (60, 0.7), (40, .nan)].map { bytes, accuracy in
                SweepRow(
                    criterion: hostile, sparsity: 0.5, zeros: 3, fileBytes: bytes, flops: 10, sparseFlops: 5, loss: 1,
                    accuracy: accuracy, denseLoss: 1, denseAccuracy: 1, seconds: 0.1)
            })
    }

    private static var scan: ScanReport {
        ScanReport(
            model: hostile, criterion: "magnitude", samples: 10,
            dense: EvaluationReport(loss: "cross-entropy", value: 1, accuracy: 0.9), judgedAt: 0.8, tolerance: 0.01,
            tensors: [
                ScannedTensor(
                    name: hostile, elements: 6, zeros: 0,
                    points: [ScanPoint(sparsity: 0.8, zeros: 4, loss: 2, accuracy: 0.7)], isSensitive: true)
            ])
    }

    private static var picture: MaskPicture {
        var picture = MaskPicture(name: hostile, shape: [2, 3])
        for position in [0, 4] { picture.add(position) }
        return picture
    }

    static let pages = [HTMLRenderer(pictures: [picture]).render(report), sweep.html, scan.html]

    /// Nothing that a file holds becomes markup, and nothing is fetched or run.
    @Test(arguments: pages) func namesAreText(page: String) {
        #expect(!page.contains("<script") && !page.contains("alert('x')") && !page.contains("\u{1b}"))
        #expect(page.contains("a&lt;script&gt;alert(&#39;x&#39;)"))
        for word in ["http:", "https:", "url(", "@import", "onload", "javascript:"] { #expect(!page.contains(word)) }
        #expect(page.contains("prefers-color-scheme: dark"))
    }

    /// Elements are closed in order, and numbers in drawings are numbers.
    @Test(arguments: pages) func thePageIsWellFormed(page: String) throws {
        let start = try #require(page.range(of: "<main>"))
        let end = try #require(page.range(of: "</main>"))
        let parser = XMLParser(data: Data(page[start.lowerBound..<end.upperBound].utf8))
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(!page.contains("=\"nan") && !page.contains("nan,") && !page.contains("inf\""))
    }

    @Test func theCurveAndTheBestAreDrawn() {
        #expect(Self.pages[0].contains("class=\"curve1\"") && Self.pages[0].contains("class=\"curve2\""))
        #expect(Self.pages[1].components(separatedBy: "class=\"best\"").count == 3)
        #expect(Self.pages[1].components(separatedBy: "class=\"dot\"").count == 2)
    }

    @Test func theSameReportIsTheSamePage() {
        #expect(HTMLRenderer(pictures: [Self.picture]).render(Self.report) == Self.pages[0])
    }
}
