import Tensors
import Testing

@testable import Pruning

@Suite struct ScheduleTests {
    private func close(_ values: [Double], _ expected: [Double]) -> Bool {
        values.count == expected.count && zip(values, expected).allSatisfy { abs($0 - $1) < 1e-12 }
    }

    @Test func linear() {
        #expect(close(LinearSchedule().sparsities(final: 0.8, count: 4), [0.2, 0.4, 0.6, 0.8]))
    }

    /// s_f + (s_i − s_f)(1 − t)³ from s_i = 0.
    @Test func cubic() {
        #expect(close(CubicSchedule().sparsities(final: 0.9, count: 4), [0.5203125, 0.7875, 0.8859375, 0.9]))
    }

    /// 1 − 0.8ⁿ, and then the sparsity itself.
    @Test func iterative() throws {
        #expect(
            close(try IterativeSchedule().sparsities(final: 0.6, count: 1), [0.2, 0.36, 0.488, 0.5904, 0.6]))
        #expect(close(try IterativeSchedule(fraction: 0.5).sparsities(final: 0.4, count: 1), [0.4]))
        // A sparsity of all would take for ever.
        #expect(try IterativeSchedule(fraction: 0.5).sparsities(final: 1, count: 1).count <= 1001)
    }

    @Test(arguments: [0, 1, -0.1, 1.5, .nan]) func fractionsThatAreNone(fraction: Double) {
        let error = #expect(throws: SparsifyError.self) { try IterativeSchedule(fraction: fraction) }
        #expect(error?.code == .usage)
    }

    @Test(
        arguments: [OneShotSchedule(), ConstantSchedule(), LinearSchedule(), CubicSchedule()] as [any SparsitySchedule])
    func theLastIsTheFinalOne(schedule: any SparsitySchedule) {
        for count in [1, 2, 7] {
            let sparsities = schedule.sparsities(final: 0.37, count: count)
            #expect(sparsities.last == 0.37 && zip(sparsities, sparsities.dropFirst()).allSatisfy { $0 <= $1 })
            #expect(sparsities.count == (schedule.id == "one-shot" ? 1 : count))
        }
    }

    @Test func times() throws {
        let times = try PruningTimes(LinearSchedule(), final: 0.5, start: 0.1, end: 0.5, frequency: 20, steps: 100)
        #expect(times.sparsities.keys.sorted() == [10, 30, 50] && times.last == 50)
        #expect(times.sparsities[50] == 0.5)
        let once = try PruningTimes(OneShotSchedule(), final: 0.5, start: 0.2, end: 0.9, frequency: nil, steps: 10)
        #expect(once.sparsities == [2: 0.5] && once.last == 2)
        // The last pruning leaves a step to train with.
        #expect(try PruningTimes(CubicSchedule(), final: 0.5, start: 0, end: 1, frequency: 1, steps: 5).last == 4)
        let rounds = try PruningTimes(IterativeSchedule(), final: 0.6, start: 0, end: 0.5, frequency: nil, steps: 80)
        #expect(rounds.sparsities.keys.sorted() == [0, 10, 20, 30, 40])
    }

    @Test(arguments: [(-0.1, 0.5, 1), (0.6, 0.5, 1), (0, 1.1, 1), (0, 0.5, 0)])
    func timesThatAreNone(start: Double, end: Double, frequency: Int) {
        let error = #expect(throws: SparsifyError.self) {
            try PruningTimes(CubicSchedule(), final: 0.5, start: start, end: end, frequency: frequency, steps: 100)
        }
        #expect(error?.code == .usage)
    }

    @Test func roundsWithoutTime() {
        let error = #expect(throws: SparsifyError.self) {
            try PruningTimes(IterativeSchedule(), final: 0.99, start: 0, end: 0.5, frequency: nil, steps: 10)
        }
        #expect(error?.code == .usage)
    }
}
