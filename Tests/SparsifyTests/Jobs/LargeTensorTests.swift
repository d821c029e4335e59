import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Tensors of many tiles and chunks, whose weights take few values, so that ties are broken in the middle of a tile.
@Suite struct LargeTensorTests {
    private static let shapes = [[700, 601], [3, 3, 64, 130], [1, 70_001]]

    private let folder: TemporaryFolder
    private let weights: [[Float]]

    init() throws {
        folder = try TemporaryFolder()
        var state: UInt64 = 5
        weights = Self.shapes.map { shape in
            (0..<shape.reduce(1, *)).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                // None is zero.
                return Float(Int(state >> 60) - 8) + 0.5
            }
        }
        var tree = FileTree()
        var tensors: [(TensorInfo, [UInt8])] = []
        for (index, shape) in Self.shapes.enumerated() {
            let name = "w\(index)"
            tree.entries.append(.init(path: name, kind: .tensor(.init(type: .float(FloatLayout.ieee(size: 4)!)))))
            tensors.append(
                (TensorInfo(name: name, elementType: .float32, shape: try Shape(shape)), bits(weights[index])))
        }
        try writeFile(folder("dense.h5"), tree, tensors)
    }

    private func prune(_ sparsity: Double, _ output: String, _ criterion: String, threads: Int) throws -> ModelReport {
        var job = PruneJob(
            input: folder("dense.h5"), output: folder(output), request: try PruningRequest(sparsity: sparsity))
        job.criterion = criterion
        job.options.threads = threads
        return try job.run()
    }

    /// By counting how many weights have each magnitude, and breaking ties in order.
    private func expected(_ sparsity: Double) -> [[Float]] {
        var left = DenseModel.zeros(sparsity, weights.reduce(0) { $0 + $1.count })
        var result = weights
        for magnitude in stride(from: Float(0.5), to: 9, by: 1) {
            for tensor in weights.indices {
                for index in weights[tensor].indices where left > 0 && weights[tensor][index].magnitude == magnitude {
                    result[tensor][index] = 0
                    left -= 1
                }
            }
        }
        return result
    }

    @Test(arguments: [0.3, 0.777], ["spm", "h5"])
    func tiesAreBrokenByTensorAndPosition(sparsity: Double, ending: String) throws {
        let expected = expected(sparsity)
        for threads in [1, 3] {
            let output = "\(threads).\(ending)"
            let report = try prune(sparsity, output, "magnitude", threads: threads)
            #expect(report.pruning?.zeros == DenseModel.zeros(sparsity, 565_581))
            let found = try elements(folder(output))
            for index in expected.indices {
                let same = found["w\(index)"] == bits(expected[index])
                #expect(same, "w\(index) at \(threads) threads")
            }
        }
        #expect(try contents(folder("1.\(ending)")) == contents(folder("3.\(ending)")))
    }

    @Test(arguments: Catalog.criteriaOfWeights)
    func everyCriterionIsExactAcrossTiles(id: String) throws {
        let report = try prune(0.9, "one.spm", id, threads: 1)
        _ = try prune(0.9, "many.spm", id, threads: 4)
        #expect(try contents(folder("one.spm")) == contents(folder("many.spm")))
        let zeros = DenseModel.zeros(0.9, 565_581)
        #expect(report.pruning?.zeros == zeros)
        let kept = try elements(folder("one.spm")).values.reduce(0) { $0 + nonzeros($1) }
        #expect(kept == 565_581 - zeros)
        var check = VerifyJob(input: folder("one.spm"))
        check.dense = folder("dense.h5")
        #expect(try check.run().isSound)
    }

    @Test func thePredictionIsExactForManyChunks() throws {
        var job = PruneJob(
            input: folder("dense.h5"), output: folder("out.spm"), request: try PruningRequest(sparsity: 0.6))
        job.isDryRun = true
        var predicted = try job.run()
        job.isDryRun = false
        let report = try job.run()
        predicted.notes = report.notes
        #expect(predicted == report)
    }
}
