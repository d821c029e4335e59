import Tensors
import Testing

@testable import Pruning

@Suite struct CriterionTests {
    private func scores(_ criterion: any PruningCriterion, _ tile: WeightTile) -> [Float] {
        var result = [Float](repeating: -1, count: tile.count)
        result.withUnsafeMutableBufferPointer { criterion.score(tile, into: .single($0)) }
        return result
    }

    private func doubles(_ criterion: any PruningCriterion, _ tile: WeightTile) -> [Double] {
        var result = [Double](repeating: -1, count: tile.count)
        result.withUnsafeMutableBufferPointer { criterion.score(tile, into: .double($0)) }
        return result
    }

    @Test func magnitudeOfEachElementType() {
        // 1.5 and −2 in each format.
        let half: [UInt16] = [0x3e00, 0xc000]
        let brain: [UInt16] = [0x3fc0, 0xc000]
        half.withUnsafeBytes { bytes in
            let tile = WeightTile(tensor: 0, offset: 0, elementType: .float16, elements: bytes)
            #expect(scores(MagnitudeCriterion(), tile) == [1.5, 2])
        }
        brain.withUnsafeBytes { bytes in
            let tile = WeightTile(tensor: 0, offset: 0, elementType: .bfloat16, elements: bytes)
            #expect(scores(MagnitudeCriterion(), tile) == [1.5, 2])
            #expect(doubles(MagnitudeCriterion(), tile) == [1.5, 2])
        }
        // Apart by less than single precision can tell.
        let doubles64: [Double] = [1 + 0x1p-40, -1]
        doubles64.withUnsafeBytes { bytes in
            let tile = WeightTile(tensor: 0, offset: 0, elementType: .float64, elements: bytes)
            #expect(doubles(MagnitudeCriterion(), tile) == [1 + 0x1p-40, 1])
        }
    }

    @Test func float64IsRankedExactly() throws {
        let weights: [Double] = [1 + 0x1p-40, 1, 1 + 0x1p-41, 3]
        let planner = Planner(
            tensors: [PrunableTensor(name: "w", elementType: .float64, elementCount: 4)],
            criterion: MagnitudeCriterion()
        ) { _, range, destination in
            weights[range].withUnsafeBytes { destination.copyMemory(from: $0) }
        }
        let plan = try planner.plan(try PruningRequest(sparsity: 0.5))
        var pruned = weights
        pruned.withUnsafeMutableBytes {
            plan.apply(to: $0, tensor: 0, offset: 0, info: planner.tensors[0])
        }
        #expect(pruned == [1 + 0x1p-40, 0, 0, 3])
    }

    @Test func randomScoresDependOnSeedTensorAndPositionAlone() {
        let zeros = [Float](repeating: 0, count: 64)
        zeros.withUnsafeBytes { bytes in
            let whole = WeightTile(tensor: 1, offset: 0, elementType: .float32, elements: bytes)
            let part = WeightTile(
                tensor: 1, offset: 16, elementType: .float32, elements: UnsafeRawBufferPointer(rebasing: bytes[..<64]))
            let all = scores(RandomCriterion(seed: 5), whole)
            #expect(scores(RandomCriterion(seed: 5), part) == Array(all[16..<32]))
            #expect(scores(RandomCriterion(seed: 6), whole) != all)
            let other = WeightTile(tensor: 2, offset: 0, elementType: .float32, elements: bytes)
            #expect(scores(RandomCriterion(seed: 5), other) != all)
            #expect(all.allSatisfy { $0 >= 0 && $0 < 1 } && Set(all).count == 64)
        }
    }

    @Test func randomScoresAreUniform() {
        let zeros = [Float](repeating: 0, count: 100_000)
        zeros.withUnsafeBytes { bytes in
            let tile = WeightTile(tensor: 0, offset: 0, elementType: .float32, elements: bytes)
            let sorted = scores(RandomCriterion(seed: 1), tile).sorted()
            // Kolmogorov-Smirnov: 1.63 / √n is the bound at one in a hundred; the seed is fixed.
            let distance = sorted.enumerated().map { abs(Double($1) - Double($0) / 100_000) }.max() ?? 1
            #expect(distance < 1.63 / 100_000.0.squareRoot())
        }
    }

    @Test(arguments: [-0.1, 1.01, 80, .nan, .infinity])
    func sparsityOutOfRangeIsRefused(sparsity: Double) {
        #expect { try PruningRequest(sparsity: sparsity) } throws: { ($0 as? SparsifyError)?.code == .usage }
    }

    @Test func negativeFloorIsRefused() {
        #expect { try PruningRequest(sparsity: 0.5, minimumKept: -1) } throws: {
            ($0 as? SparsifyError)?.code == .usage
        }
    }

    @Test(arguments: [(0.5, 5, 2), (0.5, 7, 4), (0.8, 10, 8), (1, 3, 3), (0, 3, 0)])
    func zerosRoundHalvesToEven(sparsity: Double, count: Int, zeros: Int) throws {
        #expect(try PruningRequest(sparsity: sparsity).zeros(of: count) == zeros)
    }
}
