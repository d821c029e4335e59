import ModelIO
import Pruning
import Tensors
import Testing

@testable import Sparsify

@Suite struct VerifyJobTests {
    private let folder: TemporaryFolder
    private let dense = Fixtures.path("digits_mlp.h5")
    init() throws { folder = try TemporaryFolder() }

    private func verify(_ path: String, against dense: String? = nil) throws -> VerifyJob.Outcome {
        var job = VerifyJob(input: path)
        job.dense = dense
        return try job.run()
    }

    private func prune(_ output: String, _ sparsity: Double = 0.8) throws -> String {
        var job = PruneJob(input: dense, output: folder(output), request: try PruningRequest(sparsity: sparsity))
        job.overwrites = true
        _ = try job.run()
        return job.output
    }

    @Test(arguments: ["spm", "h5"])
    func aSoundFileIsSound(ending: String) throws {
        let path = try prune("out.\(ending)")
        let alone = try verify(path)
        #expect(alone.isSound)
        #expect(alone.tensors == 6)
        #expect(alone.elements == 50826)
        #expect(alone.pruned == nil)
        #expect(alone.nonzeros == (try elements(path)).values.reduce(0) { $0 + nonzeros($1) })
        let against = try verify(path, against: dense)
        #expect(against.isSound)
        #expect(against.pruned == 40346)
    }

    @Test(arguments: Fixtures.all)
    func everyFixtureIsSoundAgainstItself(fixture: String) throws {
        let outcome = try verify(Fixtures.path(fixture), against: Fixtures.path(fixture))
        #expect(outcome.isSound)
        #expect(outcome.pruned == 0)
    }

    @Test func aFlippedByteOfAChunkIsDamage() throws {
        let path = try prune("out.spm")
        var bytes = try contents(path)
        bytes[bytes.count / 3] ^= 1
        try store(bytes, path)
        #expect { try verify(path) } throws: { code($0) == .malformed && "\($0)".contains("checksum") }
    }

    @Test func aKeptValueThatChangedIsADisagreement() throws {
        let path = try prune("out.h5")
        let reader = try ModelFiles.open(path)
        let name = "model_weights/dense_1/digits_mlp/dense_1/kernel"
        var tensors = try reader.tensors.indices.map { (reader.tensors[$0], try reader.bytes($0)) }
        let place = try #require(tensors.firstIndex { $0.0.name == name })
        let element = try #require(
            (0..<32768).last { tensors[place].1[4 * $0..<4 * $0 + 4].contains { $0 != 0 } })
        // The lowest bit of one weight.
        tensors[place].1[4 * element] ^= 1
        try writeFile(folder("changed.h5"), reader.tree, tensors)
        let outcome = try verify(folder("changed.h5"), against: dense)
        #expect(outcome.disagreements.count == 1)
        #expect(outcome.disagreements.first?.contains("\(name): 1 kept values differ") == true)
        #expect(outcome.disagreements.first?.contains("element \(element)") == true)
    }

    @Test func aWeightOutOfNowhereIsADisagreement() throws {
        let reader = try ModelFiles.open(dense)
        var tensors = try reader.tensors.indices.map { (reader.tensors[$0], try reader.bytes($0)) }
        let name = "model_weights/dense/digits_mlp/dense/bias"
        let place = try #require(tensors.firstIndex { $0.0.name == name })
        let zero = try #require((0..<256).first { !tensors[place].1[4 * $0..<4 * $0 + 4].contains { $0 != 0 } })
        tensors[place].1[4 * zero] = 1
        try writeFile(folder("more.h5"), reader.tree, tensors)
        #expect(try verify(folder("more.h5"), against: dense).disagreements.count == 1)
    }

    @Test(arguments: [
        ("model_weights/dense_2/digits_mlp/dense_2/bias", false), ("optimizer_weights/adam/iteration", true),
    ])
    func aTensorThatIsMissingIsADisagreementUnlessTheOptimizers(name: String, isSound: Bool) throws {
        let reader = try ModelFiles.open(dense)
        var tree = reader.tree
        tree.entries.removeAll { $0.path == name }
        let tensors = try reader.tensors.indices.map { (reader.tensors[$0], try reader.bytes($0)) }
        try writeFile(folder("less.h5"), tree, tensors.filter { $0.0.name != name })
        let outcome = try verify(folder("less.h5"), against: dense)
        #expect(outcome.isSound == isSound)
        #expect(isSound || outcome.disagreements.first?.contains(name) == true)
        // The other way round it is a tensor from nowhere.
        #expect(try !verify(dense, against: folder("less.h5")).isSound)
    }

    @Test func anotherModelDisagrees() throws {
        let outcome = try verify(try prune("out.spm"), against: Fixtures.path("digits_cnn.h5"))
        #expect(!outcome.isSound)
    }

    @Test func anotherShapeDisagrees() throws {
        let tree = FileTree(entries: [
            .init(path: "", kind: .group(.init())),
            .init(path: "w", kind: .tensor(.init(type: .float(FloatLayout.ieee(size: 4)!)))),
        ])
        for (file, shape) in [("a.h5", [2, 3]), ("b.h5", [3, 2])] {
            let tensor = TensorInfo(name: "w", elementType: .float32, shape: try Shape(shape))
            try writeFile(folder(file), tree, [(tensor, bits([1, 2, 3, 4, 5, 6]))])
        }
        #expect(try verify(folder("a.h5"), against: folder("b.h5")).disagreements == ["w: shape (2, 3) against (3, 2)"])
    }
}
