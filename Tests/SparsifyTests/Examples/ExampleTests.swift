import Foundation
import ModelIO
import OtherFormats
import Pruning
import Testing

@testable import Sparsify

/// What `README.md` and the documentation of `SparseModels` show is compiled and run.
struct ExampleTests {
    private let folder: TemporaryFolder
    private let pixels: [Float]
    private let answers: [Int]

    init() throws {
        folder = try TemporaryFolder()
        try store(contents(Fixtures.path("digits_mlp.h5")), folder("digits_mlp.h5"))
        let data = try NPZArchive(path: Fixtures.path("digits.npz"))
        pixels = try data.array("x_test").floats()
        answers = try data.array("y_test").integers()
    }

    @Test func theExampleOfTheDocumentationReadsDigits() throws {
        let path = folder("digits_mlp.spm")
        _ = try PruneJob(
            input: folder("digits_mlp.h5"), output: path, request: try PruningRequest(sparsity: 0.8)
        ).run()
        let found = try DigitReader(path).digits(pixels)
        let correct = zip(found, answers).count { $0 == $1 }

        var run = RunJob(model: path, inputs: [(nil, Fixtures.path("digits.npz") + ":x_test")])
        run.labels = Fixtures.path("digits.npz") + ":y_test"
        #expect(try run.run().evaluation?.correct == correct)
        #expect(found.count == 360 && correct > 324)
    }

    @Test func theExamplesOfTheReadmeRun() throws {
        let examples = ReadmeExamples(folder: folder, pixels: pixels)
        try examples.prune()
        let (probabilities, rows, biases) = try examples.open()
        #expect(probabilities.count == 3600 && rows == 256 && biases == 256)
        let predictions = try NPZArchive(path: Fixtures.path("predictions.npz"))
        let expected = try predictions.array("digits_mlp").floats()
        #expect(zip(try examples.run(), expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }

    /// Lines without indentation, and names of files without their folder.
    private func lines(_ text: some StringProtocol) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            .map { $0.replacing(/folder\((".*?")\)/) { $0.output.1 } }
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(Fixtures.folder)/../\(path)", encoding: .utf8)
    }

    private func examples(of document: String, in language: String = "swift") throws -> [[String]] {
        try text(document).split(separator: "```\(language)\n").dropFirst().map { block in
            lines(block[..<(block.range(of: "```")?.lowerBound ?? block.endIndex)])
        }
    }

    @Test func theDocumentationShowsWhatIsCompiled() throws {
        let source = lines(try text("Tests/SparsifyTests/Examples/DigitReader.swift"))
        let article = "Sources/SparseModels/SparseModels.docc/PredictingWithASparseModel.md"
        #expect(try examples(of: article).first == source)
    }

    @Test func theReadmeShowsWhatIsCompiled() throws {
        let source = lines(try text("Tests/SparsifyTests/Examples/ReadmeExamples.swift")).joined(separator: "\n")
        let blocks = try examples(of: "README.md").filter { $0.first?.hasPrefix(".package") == false }
        #expect(blocks.count == 3)
        for block in blocks {
            let statements = block.filter { !$0.hasPrefix("import ") }
            #expect(source.contains(statements.joined(separator: "\n")))
            #expect(block.allSatisfy { !$0.hasPrefix("import ") || source.contains($0) })
        }
    }

    @Test func theReadmeShowsWhatTheExampleInCDoes() throws {
        let source = lines(try text("Examples/C/classify.c")).joined(separator: "\n")
        let blocks = try examples(of: "README.md", in: "c")
        #expect(blocks.count == 1 && source.contains(blocks[0].joined(separator: "\n")))
        let command = try #require(try lines(text("README.md")).first { $0.hasPrefix("cc ") })
        #expect(source.contains(command))
    }
}
