import Tensors
import Testing

@testable import Networks
@testable import Training

/// What learned criteria find out, where it is known what there is to find.
@Suite struct LearnedSparsityTests {
    /// Two classes by the first input alone, of four.
    private static func trainer(penalty: Double = 1, _ make: (LearningTask) throws -> any LearnedSparsity) throws
        -> (Trainer, any LearnedSparsity)
    {
        let network = try SmallNetwork.dense([4, 2], ending: "softmax")
        let table = try ParameterTable(network)
        var generator = SplitMix64(seed: 5)
        let inputs: [Float] = (0..<800).map { _ in Float(generator.unit() * 2 - 1) }
        let examples = try Examples(
            count: 200, extents: [[4]], inputs: [inputs],
            labels: .classes((0..<200).map { inputs[$0 * 4] > 0 ? 1 : 0 }))
        var options = TrainerOptions()
        (options.batch, options.epochs, options.learningRate, options.threads) = (100, 1500, 0.01, 1)
        options.optimizer = Adam()
        let learned = try make(LearningTask(table, entries: [0], weight: penalty, ramp: 0.3, reach: 30, threads: 1))
        let parameters: [Float] = [-0.5, 0.5, 0.3, -0.4, 0.5, 0.4, -0.3, 0.4, 0, 0]
        return (try Trainer(network, parameters, examples, options: options, parametrisation: learned), learned)
    }

    private static func make(_ hasGates: Bool, _ task: LearningTask) throws -> any LearnedSparsity {
        if hasGates { try HardConcreteGates(task, group: .weight) } else { VariationalDropout(task) }
    }

    @Test func variationalDropoutFindsWhatMatters() throws {
        let (trainer, learned) = try Self.trainer { VariationalDropout($0) }
        #expect(learned.scores(trainer.values)[..<8].allSatisfy { $0 > learned.threshold })
        while !trainer.isDone { try trainer.advance() }
        let scores = learned.scores(trainer.values)
        #expect(scores[..<2].allSatisfy { $0 > learned.threshold })
        #expect(scores[2..<8].allSatisfy { $0 < learned.threshold })
    }

    @Test(arguments: [HardConcreteGates.Group.weight, .input]) func gatesShut(group: HardConcreteGates.Group) throws {
        let (trainer, learned) = try Self.trainer(penalty: 10) { try HardConcreteGates($0, group: group) }
        while !trainer.isDone { try trainer.advance() }
        let scores = learned.scores(trainer.values)
        #expect(scores[..<2].contains { $0 > learned.threshold })
        #expect(scores[2..<8].allSatisfy { $0 < learned.threshold })
        let parameters = trainer.parameters()
        #expect(parameters[2..<8].allSatisfy { $0 == 0 } && parameters[..<2].contains { $0 != 0 })
        if group == .input { #expect(scores[0] == scores[1] && scores[6] == scores[7]) }
    }

    @Test func whatMovesAwayFromZeroMatters() throws {
        let (trainer, learned) = try Self.trainer { Movement($0) }
        for _ in 0..<500 { try trainer.advance() }
        let scores = learned.scores(trainer.values)
        #expect(scores[..<2].min()! > scores[2..<8].max()!)
        #expect(scores.allSatisfy { $0 >= 0 } && scores[8...].allSatisfy { $0 == 0 })
    }

    /// A weight that the network is run without is told how it would matter, and stays where it was.
    @Test func whatIsMaskedMayReturn() throws {
        let (trainer, learned) = try Self.trainer { Movement($0) }
        #expect(learned.letsReturn)
        try trainer.advance()
        learned.isKept = (0..<10).map { $0 > 1 }
        trainer.clearMoments()
        let before = (Array(trainer.values), learned.scores(trainer.values))
        for _ in 0..<500 { try trainer.advance() }
        #expect(trainer.parameters()[..<2].allSatisfy { $0.bitPattern == 0 })
        #expect(Array(trainer.values[..<2]) == Array(before.0[..<2]) && trainer.values[2] != before.0[2])
        // They began right of zero and left of it as the classes lie, so that more of them is better.
        #expect(learned.scores(trainer.values)[..<2].allSatisfy { $0 > 0.1 })
        trainer.set(trainer.parameters())
        learned.isSettled = true
        let scores = Array(trainer.values[10...])
        trainer.clearMoments()
        try trainer.advance()
        #expect(Array(trainer.values[10...]) == scores)
    }

    @Test func gatesOfOutputs() throws {
        let (trainer, learned) = try Self.trainer { try HardConcreteGates($0, group: .output) }
        #expect(learned.extraVariables.map(\.initial.count) == [2])
        try trainer.advance()
        let scores = learned.scores(trainer.values)
        #expect(Set(scores[..<8]).count == 2 && scores[0] == scores[6] && scores[1] == scores[7])
    }

    @Test(arguments: [false, true]) func aStateGoesOnToTheSameBits(hasGates: Bool) throws {
        func make() throws -> (Trainer, any LearnedSparsity) {
            try Self.trainer { try Self.make(hasGates, $0) }
        }
        let (whole, _) = try make()
        for _ in 0..<5 { try whole.advance() }
        let (resumed, _) = try make()
        resumed.restore(
            step: 5, values: Array(whole.values), moments: whole.moments.map { Array($0) }, isKept: nil)
        for _ in 0..<5 { #expect(try whole.advance().loss == resumed.advance().loss) }
        #expect(whole.values.map(\.bitPattern) == resumed.values.map(\.bitPattern))
    }

    /// After settling nothing is drawn: the loss of a step is that of the parameters as they are.
    @Test(arguments: [false, true]) func whatIsSettledIsDrawnNoMore(hasGates: Bool) throws {
        let (trainer, learned) = try Self.trainer {
            try Self.make(hasGates, $0)
        }
        for _ in 0..<3 { try trainer.advance() }
        trainer.set(trainer.parameters())
        let isKept = [true, false, true, true, true, true, true, true, true, true]
        learned.isKept = isKept
        trainer.hold(isKept)
        learned.isSettled = true
        let before = trainer.parameters()
        #expect(before[1] == 0 && before == Array(trainer.values[..<10]))
        let step = try trainer.advance()
        #expect(step.penalty == 0 && trainer.values[1].bitPattern == 0)
        #expect(trainer.parameters()[0] != before[0])
    }
}
