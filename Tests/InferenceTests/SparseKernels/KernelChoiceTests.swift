import Testing

@testable import Inference

/// What costs say, and what is chosen by them.
@Suite struct KernelChoiceTests {
    private typealias Work = KernelChoice.Work

    private static func works(nonzeros share: Double) -> [Work] {
        var works: [Work] = []
        for rows in [1, 2, 3, 16, 100, 128, 1000, 100_000] {
            for (depth, outputs, groups) in [(256, 256, 1), (784, 300, 1), (1024, 64, 4), (4096, 4096, 1)] {
                let weights = depth * outputs / groups
                works.append(
                    Work(
                        rows: rows, depth: depth, outputs: outputs, weights: weights,
                        nonzeros: Int(share * Double(weights))))
            }
        }
        return works
    }

    private static let policies = [1 << 16, 4 << 20, 64 << 20].map {
        KernelChoice(policy: .standard, weightBytes: $0)
    }

    @Test func fullWeightsAreDenseAndFewAreSparse() {
        for choice in Self.policies {
            #expect(Self.works(nonzeros: 1).allSatisfy { !choice.takesSparse($0) })
            #expect(Self.works(nonzeros: 0.01).allSatisfy { choice.takesSparse($0) })
        }
    }

    @Test func onePolicyForAll() {
        for work in Self.works(nonzeros: 1) + Self.works(nonzeros: 0) {
            #expect(!KernelChoice(policy: .dense, weightBytes: 0).takesSparse(work))
            #expect(KernelChoice(policy: .sparse, weightBytes: 0).takesSparse(work))
        }
    }

    /// From the break-even sparsity on sparse kernels should take less time, and below it they should not.
    @Test func breakEvenDivides() throws {
        for choice in Self.policies {
            for work in Self.works(nonzeros: 1) {
                let breakEven = try #require(choice.breakEvenSparsity(work))
                #expect((0...1).contains(breakEven))
                for thousandths in stride(from: 0, through: 1000, by: 50) + [999] {
                    var work = work
                    work.nonzeros = work.weights * (1000 - thousandths) / 1000
                    let isFaster =
                        CostTable.standard.sparseNanoseconds(work, weightBytes: choice.weightBytes)
                        < CostTable.standard.denseNanoseconds(work, weightBytes: choice.weightBytes)
                    #expect(isFaster == (Double(thousandths) / 1000 >= breakEven), "\(thousandths), \(work)")
                }
            }
        }
    }

    /// The slower sparse kernels are, the sparser weights must be.
    @Test func breakEvenGrowsWithTheCostOfSparseKernels() {
        for work in Self.works(nonzeros: 1) {
            let sparsities = [0.25, 0.5, 1, 2, 4, 8].map { factor in
                var table = CostTable.standard
                table.sparse = table.sparse.map { $0 * factor }
                table.sliced *= factor
                return KernelChoice(policy: .automatic(table), weightBytes: 0).breakEvenSparsity(work) ?? 2
            }
            #expect(sparsities == sparsities.sorted())
            #expect(sparsities.first! < sparsities.last!)
        }
    }

    /// Where turning alone takes longer than a dense product there is no such sparsity.
    @Test func noBreakEven() {
        let work = Work(rows: 128, depth: 1, outputs: 1, weights: 1, nonzeros: 1)
        #expect(KernelChoice(policy: .standard, weightBytes: 0).breakEvenSparsity(work) == nil)
        let empty = Work(rows: 0, depth: 0, outputs: 0, weights: 0, nonzeros: 0)
        #expect(KernelChoice(policy: .standard, weightBytes: 0).breakEvenSparsity(empty) == nil)
    }

    /// Three rows take what four do, and beyond the last that was timed each row takes the same.
    @Test func rowsThatWereNotTimed() {
        func cost(_ rows: Int) -> Double {
            CostTable.standard.denseNanoseconds(
                Work(rows: rows, depth: 100, outputs: 100, weights: 10_000, nonzeros: 0), weightBytes: 0)
        }
        #expect(abs(cost(3) / cost(4) - 1) < 1e-12 && abs(cost(65) / cost(128) - 1) < 1e-12)
        #expect(abs(cost(1280) / cost(128) - 10) < 1e-12)
        #expect(cost(0) == 0)
    }
}
