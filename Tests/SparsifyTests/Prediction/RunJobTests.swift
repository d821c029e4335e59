import Inference
import ModelIO
import Networks
import OtherFormats
import SparseModels
import Tensors
import Testing

@testable import Sparsify

/// A model of two inputs and two outputs, run from files to files.
@Suite struct RunJobTests {
    private let folder: TemporaryFolder

    /// `sum` = a + b, `d` = (a₀ + 2·a₁ + 1, a₀ − a₁). The model lists its inputs in another order than its layers.
    init() throws {
        folder = try TemporaryFolder()
        try KerasFile(
            config: KerasFile.functional(
                [
                    KerasFile.input("a", 2), KerasFile.input("b", 2), KerasFile.node("Add", "sum", from: ["a", "b"]),
                    KerasFile.node("Dense", "d", "\"units\": 2", from: ["a"]),
                ], inputs: ["b", "a"], outputs: ["sum", "d"]),
            weights: [.init("d", "kernel", [2, 2], [1, 1, 2, -1]), .init("d", "bias", [2], [1, 0])]
        ).write(folder("model.h5"))
        try writeArray(folder("a.npy"), [3, 2], a)
        try writeArray(folder("b.npy"), [3, 2], b)
    }

    private let a: [Float] = [1, 2, 3, 4, 5, 6]
    private let b: [Float] = [10, 20, 30, 40, 50, 60]
    private let sum: [Float] = [11, 22, 33, 44, 55, 66]
    private let d: [Float] = [6, -1, 12, -1, 18, -1]

    private func job(_ inputs: (String?, String)...) -> RunJob {
        RunJob(model: folder("model.h5"), inputs: inputs.map { (name: $0.0, file: folder($0.1)) })
    }

    private func expectOutputs(_ job: RunJob, _ location: SourceLocation = #_sourceLocation) throws {
        var job = job
        job.output = folder("out.npz")
        job.overwrites = true
        let outcome = try job.run()
        #expect(outcome.examples == 3, sourceLocation: location)
        #expect(outcome.inputs.map(\.name) == ["b", "a"], sourceLocation: location)
        #expect(outcome.outputs.map(\.name) == ["sum", "d"], sourceLocation: location)
        #expect(outcome.outputs.map(\.shape) == [[3, 2], [3, 2]], sourceLocation: location)
        let archive = try NPZArchive(path: folder("out.npz"))
        #expect(archive.names == ["sum", "d"], sourceLocation: location)
        for (name, wanted) in [("sum", sum), ("d", d)] {
            let array = try archive.array(name)
            #expect(array.shape.dimensions == [3, 2] && array.elementType == .float32, sourceLocation: location)
            #expect(try array.floats() == wanted, sourceLocation: location)
        }
    }

    @Test func inputsByName() throws {
        try expectOutputs(job(("a", "a.npy"), ("b", "b.npy")))
        try expectOutputs(job(("b", "b.npy"), ("a", "a.npy")))
    }

    @Test func inputsInTheOrderOfTheModel() throws {
        try expectOutputs(job((nil, "b.npy"), (nil, "a.npy")))
        // What has no name is for what is left.
        try expectOutputs(job((nil, "a.npy"), ("b", "b.npy")))
    }

    @Test func inputsByTheArraysOfArchives() throws {
        try writeArchive(folder("both.npz"), [("a", [3, 2], a), ("b", [3, 2], b)])
        try writeArchive(folder("one.npz"), [("b", [3, 2], b)])
        try expectOutputs(job((nil, "both.npz")))
        try expectOutputs(job((nil, "one.npz"), (nil, "a.npy")))
        try expectOutputs(job(("b", "both.npz:b"), ("a", "both.npz:a")))
        try expectOutputs(job((nil, "both.npz:b"), (nil, "both.npz:a")))
        try expectOutputs(job(("b", "one.npz"), ("a", "a.npy")))
    }

    /// As data for criteria may: flat images are seen as images, and the other way round.
    @Test(arguments: ["digits_cnn.h5", "digits_mlp.h5"]) func theChannelAxisMayBeLeftOut(fixture: String) throws {
        let images: Tensor<Float> = try ArrayFile(Fixtures.path("digits.npz") + ":x_test").tensor(JobOptions())
        let model = try Model(contentsOf: Fixtures.path(fixture))
        let network = model.predictor().network
        let extents = (network.program[network.inputs[0]].extents ?? []).compactMap(\.self)
        let expected = try model.predict(Tensor(shape: [360] + extents, values: images.values))
        try writeArray(folder("x.npy"), [360, 8, 8], images.values)
        var job = RunJob(model: Fixtures.path(fixture), inputs: [(nil, folder("x.npy"))])
        job.output = folder("y.npy")
        let outcome = try job.run()
        #expect((outcome.notes ?? []).count == (extents == [8, 8] ? 0 : 1))
        let found: Tensor<Float> = try ArrayFile(folder("y.npy")).tensor(JobOptions())
        #expect(found == expected)
    }

    @Test(arguments: [1, 2, 3, 4, 1000, .max])
    func batches(size: Int) throws {
        var job = job(("a", "a.npy"), ("b", "b.npy"))
        job.batch = size
        try expectOutputs(job)
    }

    @Test func noExamples() throws {
        try writeArray(folder("none.npy"), [0, 2], [])
        var job = job(("a", "none.npy"), ("b", "none.npy"))
        job.output = folder("out.npz")
        job.top = 2
        let outcome = try job.run()
        #expect(outcome.examples == 0 && outcome.top == [])
        let archive = try NPZArchive(path: folder("out.npz"))
        #expect(try archive.names.map { try archive.array($0).shape.dimensions } == [[0, 2], [0, 2]])
    }

    @Test func moreOfTheGreatestThanThereAre() throws {
        try writeArray(folder("odd.npy"), [3, 2], [.nan, 1, 5, .infinity, 7, 7])
        try writeArray(folder("zero.npy"), [3, 2], [Float](repeating: 0, count: 6))
        var job = job(("a", "odd.npy"), ("b", "zero.npy"))
        for (top, length) in [(0, nil), (1, 1), (2, 2), (3, 2), (.max, 2)] as [(Int, Int?)] {
            job.top = top
            let found = try job.run().top
            #expect(found?.map(\.count) == length.map { [$0, $0, $0] })
        }
        // What is not a number comes last, of equals the first one first.
        job.top = 5
        #expect(try job.run().top?.map { $0.map(\.index) } == [[1, 0], [1, 0], [0, 1]])
    }

    @Test func labelsAreForTheFirstOutput() throws {
        try writeArray(folder("labels.npy"), [3, 2], [11, 22, 33, 44, 55, 60])
        var job = job(("a", "a.npy"), ("b", "b.npy"))
        job.labels = folder("labels.npy")
        let evaluation = try job.run().evaluation
        #expect(evaluation?.loss == .meanSquaredError && evaluation?.value == 6)
    }

    @Test func labelsThatDoNotFitLeaveNoOutput() throws {
        try writeArray(folder("labels.npy"), [2], [0, 1])
        let before = folder.contents
        var job = job(("a", "a.npy"), ("b", "b.npy"))
        job.labels = folder("labels.npy")
        job.output = folder("out.npz")
        #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains("labels.npy") }
        #expect(folder.contents == before)
    }

    @Test func outputsThatDoNotFitTheFile() throws {
        var job = job(("a", "a.npy"), ("b", "b.npy"))
        for (name, words) in [("out.npy", "2 outputs"), ("out.csv", ".npy or .npz"), ("out", ".npy or .npz")] {
            job.output = folder(name)
            #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains(words) }
        }
        #expect(folder.contents == ["a.npy", "b.npy", "model.h5"])
    }

    // MARK: Inputs that are refused

    struct Refusal: Sendable, CustomTestStringConvertible {
        var inputs: [(String?, String)]
        var words: String
        init(_ words: String, _ inputs: (String?, String)...) {
            (self.words, self.inputs) = (words, inputs)
        }
        var testDescription: String { "\(inputs.map { "\($0.0 ?? "")=\($0.1)" })" }
    }

    static let refusals = [
        Refusal("'a' is missing", ("b", "b.npy")), Refusal("'a' is missing", (nil, "b.npy")),
        Refusal("'b' is missing", ("a", "a.npy")), Refusal("'b' is missing"),
        Refusal("no input 'c'", ("a", "a.npy"), ("b", "b.npy"), ("c", "b.npy")),
        Refusal("no input ''", ("", "a.npy"), ("b", "b.npy")),
        Refusal("no input 'A'", ("A", "a.npy"), ("b", "b.npy")),
        Refusal("no input 'sum'", ("sum", "a.npy"), ("b", "b.npy")),
        Refusal("'a' is given twice", ("a", "a.npy"), ("a", "b.npy")),
        Refusal("more are given", ("a", "a.npy"), ("b", "b.npy"), (nil, "b.npy")),
        Refusal("no input 'strange'", (nil, "strange.npz")),
        Refusal("'b' is given twice", ("b", "b.npy"), (nil, "pair.npz")),
        Refusal("2 arrays: a, b", ("a", "pair.npz"), ("b", "b.npy")),
        Refusal("'a' takes the shape (examples, 2)", ("a", "wide.npy"), ("b", "b.npy")),
        Refusal("'a' takes the shape (examples, 2)", ("a", "flat.npy"), ("b", "b.npy")),
        Refusal("'a' takes the shape (examples, 2)", ("a", "scalar.npy"), ("b", "b.npy")),
        Refusal("'b' takes the shape (examples, 2)", ("a", "a.npy"), ("b", "deep.npy")),
        Refusal("different numbers of examples: 3 and 2", ("a", "short.npy"), ("b", "b.npy")),
    ]

    @Test(arguments: refusals)
    func inputsThatDoNotFit(refusal: Refusal) throws {
        try writeArchive(folder("strange.npz"), [("strange", [3, 2], a)])
        try writeArchive(folder("pair.npz"), [("a", [3, 2], a), ("b", [3, 2], b)])
        try writeArray(folder("wide.npy"), [2, 3], a)
        try writeArray(folder("flat.npy"), [6], a)
        try writeArray(folder("scalar.npy"), [], [1])
        try writeArray(folder("deep.npy"), [3, 2, 2], b + b)
        try writeArray(folder("short.npy"), [2, 2], [1, 2, 3, 4])
        var job = RunJob(
            model: folder("model.h5"), inputs: refusal.inputs.map { (name: $0.0, file: folder($0.1)) })
        job.output = folder("out.npz")
        #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains(refusal.words) }
        #expect(!folder.contents.contains("out.npz"))
    }
}
