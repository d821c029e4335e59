import Inference
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Models that cannot be run: the error of a run names the layer, and says what can still be done with the file.
@Suite struct HostileNetworkTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var layers: [String]
        var inputs = ["x"]
        var outputs = ["culprit"]
        var weights: [KerasFile.Weight] = []
        var code: SparsifyError.Code
        var words: [String]
        var remedy = "inspected, pruned and converted"
        var testDescription: String { name }
    }

    private static let x = KerasFile.input("x", 2)
    private static let last = KerasFile.node("Dense", "last", "\"units\": 1", from: ["culprit"])

    private static func culprit(_ className: String, _ fields: String = "", from: [String] = ["x"]) -> String {
        KerasFile.node(className, "culprit", fields, from: from)
    }

    static let cases: [Case] = [
        Case(
            name: "a weight of another shape", layers: [x, culprit("Dense", "\"units\": 3")],
            weights: [.init("culprit", "kernel", [2, 2], [1, 2, 3, 4]), .init("culprit", "bias", [3], [1, 2, 3])],
            code: .malformed, words: ["'kernel'", "(6 elements)", "(2, 2)"]),
        Case(
            name: "a missing weight", layers: [x, culprit("Dense", "\"units\": 2")],
            weights: [.init("culprit", "kernel", [2, 2], [1, 2, 3, 4])], code: .malformed, words: ["no 'bias'"]),
        Case(
            name: "no weights at all", layers: [x, culprit("Dense", "\"units\": 2")], code: .malformed,
            words: ["The file has no '"]),
        Case(
            name: "Lambda", layers: [x, culprit("Lambda", "\"function\": \"x\"")], code: .unsupported,
            words: ["'Lambda'"]),
        Case(
            name: "Lambda in the middle", layers: [x, culprit("Lambda", "\"function\": \"x\""), last],
            outputs: ["last"], code: .unsupported, words: ["'Lambda'"]),
        Case(
            name: "a class that nobody knows", layers: [x, culprit("Mine>Thing"), last], outputs: ["last"],
            code: .unsupported, words: ["'Mine>Thing'"]),
        Case(
            name: "a circle",
            layers: [
                x, KerasFile.node("Dense", "after", "\"units\": 2", from: ["culprit"]),
                culprit("Add", from: ["x", "culprit"]),
            ], outputs: ["after"], code: .unsupported, words: ["circle"]),
        Case(
            name: "a layer that cannot be", layers: [x, culprit("Dense", "\"units\": -3")], code: .unsupported,
            words: ["units"]),
        Case(
            name: "an input that is not listed",
            layers: [x, KerasFile.input("y", 2), culprit("Add", from: ["x", "y"])], code: .malformed,
            words: ["not in its list of inputs"]),
        Case(
            name: "more units than there is memory",
            layers: [x, culprit("Dense", "\"units\": \(1 << 30), \"use_bias\": false")],
            weights: [.init("culprit", "kernel", [2, 2], [1, 2, 3, 4])], code: .malformed,
            words: ["'kernel'", "\(1 << 31) elements", "(2, 2)"]),
        Case(
            name: "more rows than there are addresses",
            layers: [x, culprit("Embedding", "\"input_dim\": \(1 << 61), \"output_dim\": 1")],
            weights: [.init("culprit", "embeddings", [2, 1], [1, 2])], code: .malformed,
            words: ["'embeddings'", "\(1 << 61) elements", "(2, 1)"]),
        Case(
            name: "more rows than there are addresses, and none in the file",
            layers: [x, culprit("Embedding", "\"input_dim\": \(1 << 61), \"output_dim\": 1")], code: .malformed,
            words: ["no 'embeddings'"]),
        Case(
            name: "an output that no batch can have", layers: [x, culprit("RepeatVector", "\"n\": \(1 << 40)")],
            code: .limit, words: ["\(1 << 40)"], remedy: "smaller batch"),
        Case(
            name: "a value in the middle that no batch can have",
            layers: [
                x, culprit("RepeatVector", "\"n\": \(1 << 40)"),
                KerasFile.node("GlobalAveragePooling1D", "last", from: ["culprit"]),
            ], outputs: ["last"], code: .limit, words: ["\(1 << 40)"], remedy: "smaller batch"),
    ]

    @Test(arguments: cases)
    func aRunIsRefused(entry: Case) throws {
        try KerasFile(
            config: KerasFile.functional(entry.layers, inputs: entry.inputs, outputs: entry.outputs),
            weights: entry.weights
        ).write(folder("model.h5"))
        try writeArray(folder("x.npy"), [1, 2], [0, 1])
        var job = RunJob(model: folder("model.h5"), inputs: [(name: nil, file: folder("x.npy"))])
        job.output = folder("y.npy")
        #expect { try job.run() } throws: { error in
            guard let error = error as? SparsifyError else { return false }
            return error.code == entry.code && error.message.contains("'culprit'")
                && entry.words.allSatisfy(error.message.contains) && error.file == folder("model.h5")
                && error.remedy?.contains(entry.remedy) == true
        }
        #expect(folder.contents == ["model.h5", "x.npy"])
        // What the remedy says.
        #expect(try InspectJob(input: folder("model.h5")).run().tensors.count == entry.weights.count)
    }

    /// An extent that the model leaves open and the input makes too small.
    @Test func anInputTooShortForALayer() throws {
        try KerasFile(
            config: KerasFile.functional(
                [
                    KerasFile.input("x", nil, 1),
                    Self.culprit("Conv1D", "\"filters\": 1, \"kernel_size\": 3, \"use_bias\": false"),
                ], inputs: ["x"], outputs: ["culprit"]),
            weights: [.init("culprit", "kernel", [3, 1, 1], [1, 2, 3])]
        ).write(folder("model.h5"))
        try writeArray(folder("x.npy"), [1, 3, 1], [1, 1, 1])
        var job = RunJob(model: folder("model.h5"), inputs: [(name: nil, file: folder("x.npy"))])
        job.top = 1
        #expect(try job.run().top == [[RunJob.Rank(index: 0, value: 6)]])
        for length in [0, 2] {
            try writeArray(folder("x.npy"), [1, length, 1], [Float](repeating: 1, count: length))
            #expect { try job.run() } throws: { code($0) == .usage && "\($0)".contains("'culprit'") }
        }
    }

    /// What no output needs may be anything.
    @Test func aLayerThatNoOutputNeeds() throws {
        try KerasFile(
            config: KerasFile.functional(
                [
                    Self.x, Self.culprit("RepeatVector", "\"n\": \(1 << 40)"), KerasFile.input("y", 2),
                    KerasFile.node("ReLU", "last", from: ["x"]), KerasFile.node("Lambda", "l", from: ["y"]),
                ], inputs: ["x"], outputs: ["last"])
        ).write(folder("model.h5"))
        try writeArray(folder("x.npy"), [1, 2], [-1, 1])
        var job = RunJob(model: folder("model.h5"), inputs: [(name: nil, file: folder("x.npy"))])
        job.top = 1
        #expect(try job.run().top == [[RunJob.Rank(index: 1, value: 1)]])
    }
}
