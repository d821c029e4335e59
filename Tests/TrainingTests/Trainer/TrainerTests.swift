import Tensors
import Testing

@testable import Networks
@testable import Training

@Suite struct TrainerTests {
    /// Three classes by which of three inputs is the greatest, of five.
    private static func examples(_ count: Int) throws -> Examples {
        var generator = SplitMix64(seed: 5)
        let inputs: [Float] = (0..<count * 5).map { _ in Float(generator.unit() - 0.5) }
        let labels = (0..<count).map { (row: Int) -> Int32 in
            Int32((0..<3).max { (a: Int, b: Int) -> Bool in inputs[row * 5 + a] < inputs[row * 5 + b] }!)
        }
        return try Examples(count: count, extents: [[5]], inputs: [inputs], labels: .classes(labels))
    }

    private static func trainer(
        _ change: (inout TrainerOptions) -> Void = { _ in }, parametrisation: (any Parametrisation)? = nil,
        examples: Int = 300
    ) throws -> Trainer {
        let network = try SmallNetwork.dense([5, 8, 3], ending: "softmax")
        var generator = SplitMix64(seed: 7)
        let count = try ParameterTable(network).count
        var options = TrainerOptions()
        (options.batch, options.epochs, options.learningRate, options.threads) = (150, 20, 0.01, 1)
        change(&options)
        return try Trainer(
            network, (0..<count).map { _ in Float(generator.unit() - 0.5) }, try Self.examples(examples),
            options: options, parametrisation: parametrisation)
    }

    private static func bits(_ trainer: Trainer) -> [UInt32] {
        trainer.values.map(\.bitPattern) + trainer.moments.flatMap { $0.map(\.bitPattern) }
    }

    @Test func theLossFalls() throws {
        let trainer = try Self.trainer { $0.epochs = 60 }
        let first = try trainer.advance().loss
        var last: Trainer.StepOutcome?
        while !trainer.isDone { last = try trainer.advance() }
        #expect(last!.loss < first / 4 && Double(last!.correct) / Double(last!.counted) > 0.93)
        #expect(trainer.step == 120 && trainer.stepsPerEpoch == 2)
    }

    @Test func threadsMakeNoDifference() throws {
        let (one, two) = (try Self.trainer(), try Self.trainer { $0.threads = 3 })
        for _ in 0..<7 { #expect(try one.advance().loss == two.advance().loss) }
        #expect(Self.bits(one) == Self.bits(two))
    }

    @Test func theSeedOrdersTheExamples() throws {
        let (one, two) = (try Self.trainer(), try Self.trainer { $0.seed = 1 })
        for _ in 0..<3 {
            try one.advance()
            try two.advance()
        }
        #expect(Self.bits(one) != Self.bits(two))
    }

    @Test(arguments: [1, 5, 9]) func aStateGoesOnToTheSameBits(stop: Int) throws {
        let whole = try Self.trainer()
        var isKept = [Bool](repeating: true, count: whole.table.count)
        for index in stride(from: 0, to: isKept.count, by: 3) { isKept[index] = false }
        whole.hold(isKept)
        for _ in 0..<stop { try whole.advance() }
        let resumed = try Self.trainer()
        resumed.restore(
            step: whole.step, values: Array(whole.values), moments: whole.moments.map { Array($0) }, isKept: isKept)
        for _ in 0..<6 { #expect(try whole.advance().loss == resumed.advance().loss) }
        #expect(Self.bits(whole) == Self.bits(resumed))
    }

    @Test(arguments: OptimizerTests.cases.map(\.optimizer.id))
    func whatIsHeldStaysZero(id: String) throws {
        let optimizer = OptimizerTests.cases.first { $0.optimizer.id == id }!.optimizer
        let trainer = try Self.trainer {
            ($0.optimizer, $0.weightDecay, $0.l1, $0.clipNorm) = (optimizer, 0.01, 0.001, 0.1)
        }
        for _ in 0..<3 { try trainer.advance() }
        let isKept = (0..<trainer.table.count).map { $0 % 2 == 0 }
        trainer.hold(isKept)
        for _ in 0..<5 { try trainer.advance() }
        for index in isKept.indices where !isKept[index] {
            #expect(trainer.values[index].bitPattern == 0)
            #expect(trainer.moments.allSatisfy { $0[index].bitPattern == 0 })
        }
        #expect(trainer.parameters().enumerated().contains { isKept[$0] && $1 != 0 })
    }

    /// Masked weights go on being trained, and the network does not see them.
    @Test func maskedWeightsAreTrainedOn() throws {
        let shadow = MaskedWeights()
        let trainer = try Self.trainer(parametrisation: shadow)
        shadow.isKept = (0..<trainer.table.count).map { $0 % 2 == 0 }
        let before = Array(trainer.values)
        for _ in 0..<4 { try trainer.advance() }
        #expect(trainer.parameters().enumerated().allSatisfy { $0 % 2 == 0 || $1 == 0 })
        #expect(before.indices.contains { $0 % 2 == 1 && trainer.values[$0] != before[$0] })
    }

    @Test func aTeacherIsFollowed() throws {
        let teacher = try Self.trainer { $0.epochs = 60 }
        while !teacher.isDone { try teacher.advance() }
        let network = try SmallNetwork.dense([5, 8, 3], ending: "softmax")
        let outputs = try LossGradients<Float>(network, hasClasses: true, threads: 1).outputs(
            teacher.parameters(), Self.examples(300))
        let pupil = try Self.trainer { $0.epochs = 60 }
        pupil.teacher = try Distillation(
            outputs: outputs, examples: 300, head: pupil.head, length: pupil.outputLength, temperature: 2, share: 1)
        let first = try pupil.advance().loss
        while !pupil.isDone { try pupil.advance() }
        let learned = try LossGradients<Float>(network, hasClasses: true, threads: 1).outputs(
            pupil.parameters(), Self.examples(300))
        let agreement = (0..<300).count { row in
            func best(_ values: [Float]) -> Int {
                (0..<3).max { (a: Int, b: Int) -> Bool in values[row * 3 + a] < values[row * 3 + b] }!
            }
            return best(outputs) == best(learned)
        }
        #expect(agreement > 270 && first > 0)
    }

    /// Where both say the same, nothing is to be learned.
    @Test func aTeacherThatAgreesTeachesNothing() throws {
        let pupil = try Self.trainer()
        let outputs = try LossGradients<Float>(
            SmallNetwork.dense([5, 8, 3], ending: "softmax"), hasClasses: true, threads: 1
        ).outputs(pupil.parameters(), Self.examples(300))
        pupil.teacher = try Distillation(
            outputs: outputs, examples: 300, head: pupil.head, length: pupil.outputLength, temperature: 3, share: 1)
        #expect(abs(try pupil.advance().loss) < 1e-5)
    }

    @Test func aLossThatIsNoNumberStops() throws {
        let trainer = try Self.trainer()
        trainer.set([Float](repeating: .nan, count: trainer.table.count))
        let error = #expect(throws: SparsifyError.self) { try trainer.advance() }
        #expect(trainer.step == 0)
        #expect(error?.code == .numerical)
    }

    @Test(
        arguments: [
            { $0.learningRate = 0 }, { $0.learningRate = .nan }, { $0.weightDecay = -1 }, { $0.l1 = .infinity },
            { $0.clipNorm = 0 }, { $0.batch = 0 }, { $0.epochs = 0 },
        ] as [@Sendable (inout TrainerOptions) -> Void])
    func optionsThatAreNone(change: @Sendable (inout TrainerOptions) -> Void) {
        let error = #expect(throws: SparsifyError.self) { try Self.trainer(change) }
        #expect(error?.code == .usage)
    }
}
