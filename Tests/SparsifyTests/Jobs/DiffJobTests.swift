import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

@Suite struct DiffJobTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    /// A flat file of float32 vectors.
    private func write(_ name: String, _ tensors: [(String, [Float])]) throws -> String {
        var tree = FileTree()
        for (path, _) in tensors {
            tree.entries.append(.init(path: path, kind: .tensor(.init(type: .float(FloatLayout.ieee(size: 4)!)))))
        }
        try writeFile(
            folder(name), tree,
            try tensors.map {
                (TensorInfo(name: $0.0, elementType: .float32, shape: try Shape([$0.1.count])), bits($0.1))
            })
        return folder(name)
    }

    @Test func everyNumberOfADifferenceIsRight() throws {
        let left = try write("l.h5", [("same", [1, .nan]), ("w", [1, 0, 3, 4, -0.0, 6]), ("only left", [1])])
        let right = try write("r.h5", [("w", [1, 2, 0, 6, 0, 6]), ("same", [1, .nan]), ("only right", [1])])
        let outcome = try DiffJob(left: left, right: right).run()
        #expect(!outcome.isSame)
        #expect(outcome.onlyLeft == ["only left"])
        #expect(outcome.onlyRight == ["only right"])
        let (same, w) = (outcome.tensors[0], outcome.tensors[1])
        #expect(same.name == "same" && same.differing == 0 && same.mismatch == nil)
        #expect(w.elements == 6)
        // 0 against 2, 3 against 0, 4 against 6, −0 against 0.
        #expect(w.differing == 4)
        #expect(w.zeroLeftOnly == 1)
        #expect(w.zeroRightOnly == 2)
        #expect(w.largestDifference == 3)
        // √(4 + 9 + 4) over √(1 + 4 + 0 + 36 + 0 + 36).
        #expect(abs((w.relativeDifference ?? 0) - (17.0 / 77).squareRoot()) < 1e-12)
    }

    @Test func aPrunedModelDiffersInZerosAlone() throws {
        let input = Fixtures.path("digits_attention.h5")
        let request = try PruningRequest(sparsity: 0.5)
        let report = try PruneJob(input: input, output: folder("p.spm"), request: request).run()
        let outcome = try DiffJob(left: folder("p.spm"), right: input).run()
        #expect(outcome.onlyLeft.isEmpty && outcome.onlyRight.isEmpty)
        #expect(outcome.tensors.reduce(0) { $0 + $1.differing } == report.pruning?.zeros)
        #expect(outcome.tensors.allSatisfy { $0.zeroLeftOnly == $0.differing && $0.zeroRightOnly == 0 })
    }

    @Test func zerosOnTheRightHaveNoRelativeDifference() throws {
        let outcome = try DiffJob(left: try write("l.h5", [("w", [1])]), right: try write("r.h5", [("w", [0])])).run()
        #expect(outcome.tensors[0].relativeDifference == nil)
        #expect(outcome.tensors[0].largestDifference == 1)
    }

    @Test func otherShapesAreNotCompared() throws {
        let outcome = try DiffJob(left: try write("l.h5", [("w", [1])]), right: try write("r.h5", [("w", [1, 2])]))
            .run()
        #expect(!outcome.isSame)
        #expect(outcome.tensors[0].mismatch == "shape (1,) against (2,)")
    }
}
