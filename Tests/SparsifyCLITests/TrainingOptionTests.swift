import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Training as users ask for it.
@Suite struct TrainingOptionTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }
    private let digits = Fixtures.path("digits.npz")

    private func arguments(_ output: String, _ more: [String]) -> [String] {
        [
            Fixtures.path("digits_mlp.h5"), folder(output), "--force", "--sparsity", "0.9", "--data-x",
            digits + ":x_train", "--data-y", digits + ":y_train", "--samples", "128",
        ] + more
    }

    @Test func aTraining() throws {
        let result = try Command.run(
            arguments(
                "out.spm",
                [
                    "--epochs", "2", "--schedule", "linear", "--start", "10%", "--end", "60%", "--frequency", "1",
                    "--optimizer", "adam", "--learning-rate", "0.001", "--rate-schedule", "one-cycle", "--warm-up",
                    "5%",
                    "--train-batch", "64", "--weight-decay", "0.0001", "--l1", "0.00001", "--clip-norm", "1",
                    "--distill",
                    "50%", "--temperature", "2", "--patience", "5", "--validation-split", "28", "--log",
                    folder("run.jsonl"), "--json",
                ]))
        #expect(result.status == 0 && result.errors == "")
        let pruning = try #require(try result.json["pruning"] as? [String: Any])
        let training = try #require(pruning["training"] as? [String: Any])
        #expect(
            Set(training.keys) == [
                "epochs", "steps", "examples", "batch", "optimizer", "learningRate", "rateSchedule", "schedule",
                "prunings", "lastPruning", "seed", "keptEpoch", "stoppedEarly", "curve",
            ])
        #expect(training["examples"] as? Int == 100 && training["optimizer"] as? String == "adam")
        let curve = try #require(training["curve"] as? [[String: Any]])
        #expect(
            Set(curve[0].keys) == [
                "epoch", "step", "sparsity", "learningRate", "loss", "accuracy", "validationLoss",
                "validationAccuracy",
            ])
        let lines = String(decoding: try contents(folder("run.jsonl")), as: UTF8.self).split(separator: "\n")
        #expect(lines.count == 2 && lines[1].contains("\"epoch\":2"))
        #expect((pruning["data"] as? [String: Any])?["validationSamples"] as? Int == 28)
    }

    /// Killed at random moments, and started again each time, the training comes to the bytes of one that was not.
    @Test func killedAndResumed() throws {
        let common = ["--epochs", "10", "--train-batch", "32", "--frequency", "4"]
        #expect(try Command.run(arguments("whole.spm", common)).status == 0)
        let resumable = arguments("parts.spm", common + ["--checkpoint", folder("state")])
        var kills = 0
        for number in 0..<10 {
            let running = try Command.start(resumable, in: folder)
            let clock = ContinuousClock()
            let end = clock.now + .milliseconds(250 + 97 * number)
            while running.process.isRunning, clock.now < end { usleep(1000) }
            if running.process.isRunning {
                kill(running.process.processIdentifier, SIGKILL)
                kills += 1
            }
            let result = try running.finish()
            #expect(result.status == (result.exited ? 0 : SIGKILL))
        }
        #expect(try Command.run(resumable).status == 0)
        #expect(kills > 0)
        #expect(try contents(folder("whole.spm")) == contents(folder("parts.spm")))
    }

    @Test(arguments: [
        (["--optimizer", "adam"], "--epochs"), (["--checkpoint", "x"], "--epochs"), (["--regrow"], "--epochs"),
        (["--epochs", "0"], "epochs"), (["--epochs", "1", "--optimizer", "best"], "Known are: sgd"),
        (["--epochs", "1", "--schedule", "slow"], "Known are: one-shot"),
        (["--epochs", "1", "--rate-schedule", "x"], "Known are: constant"),
        (["--epochs", "1", "--start", "2"], "start"),
        (["--epochs", "1", "--patience", "3"], "--validation"), (["--epochs", "1", "--train-batch", "0"], "batch"),
        (["--epochs", "1", "--validation", "v.npz", "--validation-split", "10%"], "Choose one"),
        (["--validation-y", "y.npy"], "--validation-x"), (["--epochs", "1", "--validation-split", "1"], "split"),
    ])
    func refusals(more: [String], words: String) throws {
        let result = try Command.run(arguments("out.spm", more))
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
        #expect(folder.contents.isEmpty)
    }
}
