import Tensors
import Testing

@testable import Pruning

@Suite struct PlannerTests {
    @Test(arguments: [0, 0.1, 0.25, 0.5, 0.8, 0.95, 0.99, 0.999])
    func globalMagnitudeAgreesWithSorting(sparsity: Double) throws {
        let model = MemoryModel.random(sizes: [700, 3000, 17, 1], seed: 7)
        let request = try PruningRequest(sparsity: sparsity, minimumKept: 0)
        let plan = try model.planner().plan(request)
        #expect(model.pruned(plan) == model.prunedBySorting(zeros: request.zeros(of: 3718)))
    }

    @Test(arguments: [0.3, 0.5, 0.9])
    func layerScopePrunesEachTensorExactly(sparsity: Double) throws {
        let model = MemoryModel.random(sizes: [701, 3000, 17], seed: 3)
        let request = try PruningRequest(sparsity: sparsity, scope: .layer, minimumKept: 0)
        let plan = try model.planner().plan(request)
        for (index, tensor) in model.pruned(plan).enumerated() {
            let single = MemoryModel([model.weights[index]])
            #expect([tensor] == single.prunedBySorting(zeros: request.zeros(of: tensor.count)))
        }
    }

    @Test(arguments: [1, 5, 99, 100, 101, 150, 199])
    func tiesGoInOrderOfTensorAndPosition(zeros: Int) throws {
        let model = MemoryModel([[Float](repeating: 2, count: 100), [Float](repeating: -2, count: 100)])
        let plan = try model.planner().plan(
            try PruningRequest(sparsity: Double(zeros) / 200, minimumKept: 0))
        #expect(model.pruned(plan, tile: 7) == model.prunedBySorting(zeros: zeros))
    }

    @Test func tiesAcrossTilesAreFoundExactly() throws {
        let count = ScorePasses<Float>.tileLength * 2 + 5
        let model = MemoryModel([[Float](repeating: 1, count: count)])
        let zeros = ScorePasses<Float>.tileLength + 3
        let plan = try model.planner().plan(
            try PruningRequest(sparsity: Double(zeros) / Double(count), minimumKept: 0))
        let pruned = model.pruned(plan, tile: 65_536)[0]
        #expect(pruned[..<zeros].allSatisfy { $0 == 0 } && pruned[zeros...].allSatisfy { $0 == 1 })
    }

    @Test func floorHoldsAndOthersMakeUpForIt() throws {
        // The first tensor is so small that a global threshold would take all of it.
        let model = MemoryModel([
            (0..<50).map { Float($0 + 1) * 1e-6 }, (0..<950).map { Float($0 + 1) },
        ])
        let plan = try model.planner().plan(try PruningRequest(sparsity: 0.5, minimumKept: 10))
        #expect(plan.tensors[0].kept == 10 && plan.tensors[0].isHeldByFloor)
        #expect(plan.tensors[1].kept == 490 && !plan.tensors[1].isHeldByFloor)
        let pruned = model.pruned(plan)
        #expect(zeroCount(pruned) == 500)
        #expect(Array(pruned[0].suffix(10)) == Array(model.weights[0].suffix(10)))
    }

    @Test func everythingButTheFloorGoesAtSparsityOne() throws {
        let model = MemoryModel.random(sizes: [10, 20, 1], seed: 1)
        let kept = try model.planner().plan(try PruningRequest(sparsity: 1)).tensors
        #expect(kept.map(\.kept) == [1, 1, 1] && kept.allSatisfy(\.isHeldByFloor))
        let none = try model.planner().plan(try PruningRequest(sparsity: 1, minimumKept: 0))
        #expect(zeroCount(model.pruned(none)) == 31)
    }

    @Test(arguments: [1, 2, 7])
    func planDoesNotDependOnThreads(threads: Int) throws {
        let model = MemoryModel.random(sizes: [600_000, 5], seed: 11)
        let request = try PruningRequest(sparsity: 0.7)
        let one = try model.planner(threads: 1).plan(request)
        let many = try model.planner(threads: threads).plan(request)
        #expect(one.tensors == many.tensors)
    }

    @Test func nanAndInfinityGoLastAndNegativeZeroFirst() throws {
        let model = MemoryModel([[.nan, 1, -.infinity, -0.0, 0.5, -.greatestFiniteMagnitude]])
        let plan = try model.planner().plan(try PruningRequest(sparsity: 0.5, minimumKept: 0))
        let pruned = model.pruned(plan)[0]
        #expect(pruned.map { $0.bitPattern == 0 } == [false, true, false, true, true, false])
        #expect(plan.tensors[0].nonfinite == 3)
    }

    @Test func zerosThatAreThereCount() throws {
        let model = MemoryModel([[0, 0, 0, 1, 2, 3, 4, 5, 6, 7]])
        let plan = try model.planner().plan(try PruningRequest(sparsity: 0.4))
        #expect(model.pruned(plan)[0] == [0, 0, 0, 0, 2, 3, 4, 5, 6, 7])
        let less = try model.planner().plan(try PruningRequest(sparsity: 0.2))
        #expect(model.pruned(less) == model.weights)
    }

    @Test func emptyModelAndEmptyTensorPlanToNothing() throws {
        #expect(try MemoryModel([]).planner().plan(try PruningRequest(sparsity: 0.5)).tensors.isEmpty)
        let plan = try MemoryModel([[], [1, 2]]).planner().plan(try PruningRequest(sparsity: 0.5))
        #expect(plan.tensors.map(\.kept) == [0, 1])
    }

    @Test func interruptionStopsThePlan() throws {
        let flag = CancellationFlag()
        flag.cancel()
        let planner = Planner(
            tensors: MemoryModel([[1, 2, 3]]).tensors, criterion: MagnitudeCriterion(), cancellation: flag
        ) { _, _, _ in }
        #expect { try planner.plan(try PruningRequest(sparsity: 0.5)) } throws: {
            ($0 as? SparsifyError)?.code == .cancelled
        }
    }
}
