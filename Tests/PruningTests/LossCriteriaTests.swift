import LinearAlgebra
import Tensors
import Testing

@testable import Pruning

/// Criteria that look at a loss, on one whose derivatives are known: ½ (w − c)ᵀ H (w − c), the same for each example.
@Suite struct LossCriteriaTests {
    private final class Quadratic: PrunableLoss {
        let hessian: SymmetricMatrix
        let centre: [Double]
        let tensors: [Range<Int>]
        let exampleCount = 64
        private let root: CholeskyFactor

        init(order: Int, tensors: [Range<Int>], seed: UInt64 = 1) {
            var generator = SplitMix64(seed: seed)
            var matrix = SymmetricMatrix(order: order)
            (0..<3 * order * order).map { _ in generator.unit() - 0.5 }.withUnsafeBufferPointer {
                matrix.addOuterProducts($0)
            }
            matrix.addToDiagonal(0.05)
            hessian = matrix
            root = matrix.cholesky()!
            centre = (0..<order).map { _ in generator.unit() * 2 - 1 }
            self.tensors = tensors
        }

        var count: Int { centre.count }
        private func product(_ vector: [Double]) -> [Double] {
            (0..<count).map { row in (0..<count).reduce(0) { $0 + hessian[row, $1] * vector[$1] } }
        }
        private func offset(_ weights: [Float]) -> [Double] { zip(weights, centre).map { Double($0) - $1 } }

        func value(_ weights: [Float], examples: [Int]) -> Double {
            let offset = offset(weights)
            return zip(offset, product(offset)).reduce(0) { $0 + $1.0 * $1.1 } / 2
        }
        func gradient(_ weights: [Float], examples: [Int]) -> (loss: Double, gradient: [Float]) {
            (value(weights, examples: examples), product(offset(weights)).map { Float($0) })
        }
        func gaussNewton(_ weights: [Float], examples: [Int]) -> CurvatureProduct {
            { [self] in hessianProduct(weights, $0, examples: examples) }
        }
        func hessianProduct(_ weights: [Float], _ vector: [Float], examples: [Int]) -> [Float] {
            product(vector.map(Double.init)).map { Float($0) }
        }
        /// Columns of the root, scaled, so that the mean of g gᵀ is the Hessian.
        func exampleGradients(
            _ weights: [Float], examples: [Int], seed: UInt64?, _ body: (UnsafeBufferPointer<Float>) throws -> Void
        ) throws {
            let scale = Double(count).squareRoot()
            let rows = (0..<count).flatMap { column in
                (0..<count).map { Float(root.elements[$0 * count + column] * scale) }
            }
            try rows.withUnsafeBufferPointer { try body($0) }
        }

        /// The least loss with these weights zero, and where it is.
        func best(kept: [Bool]) -> (loss: Double, weights: [Double]) {
            let places = kept.indices.filter { kept[$0] }
            var matrix = SymmetricMatrix(order: places.count)
            for (i, row) in places.enumerated() {
                for (j, column) in places.enumerated() { matrix[i, j] = hessian[row, column] }
            }
            let right = product(centre)
            let solved = matrix.cholesky()!.solve(places.map { right[$0] })
            var weights = [Double](repeating: 0, count: count)
            for (index, place) in places.enumerated() { weights[place] = solved[index] }
            return (value(weights.map { Float($0) }, examples: []), weights)
        }
    }

    /// At the minimum, with the whole matrix, one weight at a time: OBS takes the weight whose removal costs least when the
    /// others make up for it, and puts them where they do.
    @Test(arguments: 1...6)
    func surgeonIsExact(seed: Int) throws {
        let loss = Quadratic(order: 8, tensors: [0..<8], seed: UInt64(seed))
        let weights = loss.centre.map { Float($0) }
        var surgeon = OptimalBrainSurgeon(stages: 1, damping: 1e-9, firstOrder: false, threads: 1)
        surgeon.moveDamping = 1e-9
        let found = try surgeon.prune(weights, loss, targets: .global(zeros: 1, floors: [0]))
        let costs = (0..<8).map { removed in loss.best(kept: (0..<8).map { $0 != removed }).loss }
        let cheapest = costs.indices.min { costs[$0] < costs[$1] }!
        #expect(found.isKept == (0..<8).map { $0 != cheapest })
        let best = loss.best(kept: found.isKept)
        for (found, wanted) in zip(found.weights, best.weights) { #expect(abs(Double(found) - wanted) < 2e-3) }
        #expect(found.weights[cheapest] == 0)
        // The model is exact here, so that what it foresees is what happens.
        #expect(abs(found.rounds[0].predictedChange - found.rounds[0].lossAfter) < 1e-4)
    }

    /// Away from the minimum the gradient takes the kept weights to where the loss is least with the others zero.
    @Test func firstOrderFindsTheMinimum() throws {
        let loss = Quadratic(order: 12, tensors: [0..<5, 5..<12])
        let weights = loss.centre.map { Float($0 + 0.3) }
        var surgeon = OptimalBrainSurgeon(stages: 3, damping: 1e-6, threads: 2)
        surgeon.moveDamping = 1e-7
        let found = try surgeon.prune(weights, loss, targets: .each([2, 4]))
        #expect(found.isKept[..<5].count { !$0 } == 2 && found.isKept[5...].count { !$0 } == 4)
        let best = loss.best(kept: found.isKept)
        #expect(loss.value(found.weights, examples: []) < best.loss + 1e-3)
    }

    @Test func blocksOfTheFisherMatrix() throws {
        let loss = Quadratic(order: 9, tensors: [0..<4, 4..<9])
        for (cut, places) in [
            (FisherBlocks.most(9), [[0, 1, 2, 3], [4, 5, 6, 7, 8]]),
            (.most(2), [[0, 1], [2, 3], [4, 5], [6, 7], [8]]),
            (.whole, [Array(0..<9)]), (.automatic, [Array(0..<9)]),
        ] {
            #expect(try cut.cut([Array(0..<4), Array(4..<9)]) == places)
            let blocks = BlockFisher(places, threads: 2)
            try loss.exampleGradients([], examples: [], seed: nil) { try blocks.add($0, length: 9) }
            let inverse = try blocks.inverse(count: 9, damping: 1e-9)
            for block in places {
                var matrix = SymmetricMatrix(order: block.count)
                for (i, row) in block.enumerated() {
                    for (j, column) in block.enumerated() { matrix[i, j] = loss.hessian[row, column] }
                }
                let wanted = try #require(matrix.cholesky()).inverse().diagonal
                for (place, value) in zip(block, wanted) {
                    #expect(abs(Double(inverse.diagonal[place]) / value - 1) < 1e-4)
                    #expect(abs(Double(inverse.fisher[place]) / loss.hessian[place, place] - 1) < 1e-4)
                }
            }
        }
    }

    @Test func wholeMatricesHaveALimit() throws {
        let many = [Array(0..<FisherBlocks.wholeLimit), [FisherBlocks.wholeLimit]]
        let error = #expect(throws: SparsifyError.self) { try FisherBlocks.whole.cut(many) }
        #expect(error?.code == .unsupported && error?.message.contains("2048 MB") == true)
        #expect(try FisherBlocks.automatic.cut(many).map(\.count) == Array(repeating: 1024, count: 16) + [1])
        let few = [Array(0..<FisherBlocks.automaticLimit - 1), [FisherBlocks.automaticLimit - 1]]
        #expect(try FisherBlocks.automatic.cut(few).count == 1)
        #expect(try FisherBlocks.automatic.cut([[], []]) == [[]])
    }

    @Test(arguments: OptimalBrainDamage.Diagonal.allCases)
    func damageKnowsTheDiagonal(diagonal: OptimalBrainDamage.Diagonal) throws {
        let loss = Quadratic(order: 10, tensors: [0..<10])
        let weights = loss.centre.map { Float($0 + 0.1) }
        let damage = OptimalBrainDamage(diagonal: diagonal, firstOrder: true)
        let evidence = try damage.evidence(weights, loss)
        // The stand-in gives as many gradients as there are weights, whatever it is asked for.
        let scale = diagonal == .fisher ? Float(loss.exampleCount) / 10 : 1
        for index in 0..<10 {
            #expect(abs(Double(evidence.diagonal[index] * scale) - loss.hessian[index, index]) < 1e-5)
        }
        let kept = (0..<10).map { $0 != 3 }
        var removed = weights
        removed[3] = 0
        let change = loss.value(removed, examples: []) - loss.value(weights, examples: [])
        if diagonal == .hessian {
            #expect(abs(OptimalBrainDamage.change(weights: weights, evidence, isKept: kept) - change) < 1e-5)
        }
    }

    @Test func hutchinsonComesNearTheDiagonal() throws {
        let loss = Quadratic(order: 6, tensors: [0..<6])
        let weights = [Float](repeating: 0, count: 6)
        let found = try HessianDiagonal.estimate(weights, loss, Array(0..<64), probes: 4000, seed: 1)
        let exact = try HessianDiagonal.exact(weights, loss, Array(0..<64))
        for index in 0..<6 { #expect(abs(found[index] - exact[index]) < 0.2) }
    }

    @Test(arguments: [0.0, 0.1, 0.5, 0.9, 1.0])
    func targetsRiseToTheEnd(sparsity: Double) {
        let zeros = Int((1000 * sparsity).rounded())
        var last = 0
        for stage in 1...15 {
            guard
                case .global(let found, _) = RemovalTargets.global(zeros: zeros, floors: [0]).at(
                    Double(stage) / 15, counts: [1000])
            else { return }
            #expect(found >= last && found <= zeros)
            last = found
        }
        #expect(last == zeros)
    }

    /// Exact counts, floors kept, ties by position.
    @Test func selections() {
        let scores: [Float] = [1, 1, 1, 0, 5, 4, 3, 2]
        let kept = [Bool](repeating: true, count: 8)
        let tensors = [0..<4, 4..<8]
        #expect(
            RemovalTargets.global(zeros: 3, floors: [0, 0]).select(scores, isKept: kept, tensors: tensors) == [0, 1, 3])
        #expect(
            RemovalTargets.global(zeros: 4, floors: [3, 0]).select(scores, isKept: kept, tensors: tensors) == [
                3, 5, 6, 7,
            ])
        #expect(RemovalTargets.each([1, 2]).select(scores, isKept: kept, tensors: tensors) == [3, 6, 7])
        var partly = kept
        partly[3] = false
        #expect(RemovalTargets.each([1, 1]).select(scores, isKept: partly, tensors: tensors) == [7])
    }

    @Test func taylor() {
        #expect(TaylorCriterion.scores(weights: [2, -3, 1], gradient: [-1, 2, 0]) == [2, 6, 0])
        #expect(TaylorCriterion.change(weights: [2, -3, 1], gradient: [-1, 2, 0], isKept: [false, false, true]) == 8)
    }
}
