import Foundation
import ModelIO
import Pruning
import Reports
import Tensors
import Testing

@testable import Sparsify

/// Training while pruning, from file to file.
@Suite struct TrainedPruningTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func job(
        _ sparsity: Double = 0.9, model: String = "digits_mlp.h5", output: String = "out.spm", epochs: Int = 2,
        samples: Int? = 128, _ change: (inout TrainingRequest) -> Void = { _ in }
    ) throws -> PruneJob {
        var job = PruneJob(
            input: Fixtures.path(model), output: folder(output), request: try PruningRequest(sparsity: sparsity))
        job.overwrites = true
        var data = DataRequest()
        data.inputs = [(nil, Fixtures.path("digits.npz") + ":x_train")]
        data.labels = Fixtures.path("digits.npz") + ":y_train"
        data.samples = samples
        data.samplesAreStandard = false
        job.data = data
        var training = TrainingRequest(epochs: epochs)
        training.batch = 64
        change(&training)
        job.training = training
        return job
    }

    private var validation: DataRequest {
        var data = DataRequest()
        data.inputs = [(nil, Fixtures.path("digits.npz") + ":x_test")]
        data.labels = Fixtures.path("digits.npz") + ":y_test"
        data.samples = nil
        return data
    }

    /// The zeros of the file are the plan's, whatever trained it.
    @Test(
        arguments: ["sgd", "nesterov", "adam", "adamw"], ["one-shot", "constant", "linear", "cubic", "iterative"])
    func masksNeverLeak(optimizer: String, schedule: String) throws {
        let job = try job {
            ($0.optimizer, $0.schedule, $0.fraction) = (optimizer, schedule, 0.6)
            ($0.weightDecay, $0.l1) = (0.001, 0.0001)
        }
        let report = try job.run()
        let pruning = try #require(report.pruning)
        #expect(pruning.zeros == pruning.requestedZeros && pruning.requestedZeros == 45_389)
        #expect(pruning.training?.curve.count == 2 && pruning.training?.curve.last?.sparsity == 45_389.0 / 50_432)
        #expect(pruning.data!.after!.accuracy! > 0.3)
    }

    @Test(arguments: ["random", "taylor", "obd", "wanda", "layer-obs", "obs"])
    func anyCriterionChooses(criterion: String) throws {
        var job = try job(0.8, samples: 48) { ($0.batch, $0.frequency, $0.schedule) = (16, 3, "linear") }
        job.criterion = criterion
        (job.criterionOptions.stages, job.criterionOptions.firstOrder) = (1, false)
        (job.criterionOptions.blocks, job.criterionOptions.fisherSamples) = (.most(64), 16)
        let pruning = try #require(try job.run().pruning)
        #expect(pruning.zeros == pruning.requestedZeros && pruning.criterion == criterion)
    }

    @Test(arguments: ["digits_cnn.h5", "digits_lstm.h5", "digits_attention.h5"])
    func anyNetworkIsTrained(model: String) throws {
        var job = try job(0.5, model: model, samples: 128) { $0.frequency = 1 }
        job.validation = validation
        job.validation?.samples = 64
        let report = try job.run()
        let pruning = try #require(report.pruning)
        #expect(pruning.zeros == pruning.requestedZeros)
        #expect(pruning.data?.validationSamples == 64)
        #expect(pruning.training!.curve.allSatisfy { $0.validationAccuracy != nil })
        #expect(report.notes.contains { $0.contains("batch normalisations") } == (model == "digits_cnn.h5"))
    }

    /// Retraining gives back what pruning takes, and the report tells what the file does.
    @Test func retrainingGivesBack() throws {
        var once = try job(0.9, samples: nil)
        once.training = nil
        once.validation = validation
        let pruned = try #require(try once.run().pruning?.data?.after?.accuracy)
        var trained = try job(0.9, epochs: 5, samples: nil) { ($0.optimizer, $0.learningRate) = ("nesterov", 0.01) }
        trained.validation = validation
        let report = try trained.run()
        let after = try #require(report.pruning?.data?.after)
        #expect(after.accuracy! > pruned + 0.03 && after.accuracy! > 0.9)
        let training = try #require(report.pruning?.training)
        #expect(training.curve[training.keptEpoch - 1].validationAccuracy == after.accuracy)
        #expect(training.curve[training.keptEpoch - 1].validationLoss == after.value)
        #expect(report.notes.contains { $0.contains("dropout") })
        let text = TextRenderer().render(report)
        #expect(text.contains("5 epochs of 1,437 examples by nesterov") && text.contains("validation accuracy"))
        // A model that was trained is one like any other.
        var run = RunJob(model: folder("out.spm"), inputs: [(nil, Fixtures.path("digits.npz") + ":x_test")])
        run.labels = Fixtures.path("digits.npz") + ":y_test"
        #expect(try run.run().evaluation?.accuracy == after.accuracy)
    }

    @Test func theSeedAndNothingElseMakesTheBytes() throws {
        var one = try job(output: "one.spm") { $0.distillation = 0.5 }
        one.options.threads = 1
        _ = try one.run()
        var two = try job(output: "two.spm") { $0.distillation = 0.5 }
        two.options.threads = 2
        _ = try two.run()
        #expect(try contents(folder("one.spm")) == contents(folder("two.spm")))
        two.criterionOptions.seed = 1
        _ = try two.run()
        #expect(try contents(folder("one.spm")) != contents(folder("two.spm")))
    }

    /// A criterion that is learned prunes what it is told, exactly, and says how much itself where it is not.
    @Test(
        arguments: [
            ("variational-dropout", nil), ("variational-dropout", 0.7), ("l0", nil), ("l0", 0.7), ("movement", 0.7),
        ] as [(String, Double?)])
    func whatMattersIsLearned(criterion: String, sparsity: Double?) throws {
        var job = try job(sparsity ?? 0, epochs: 8, samples: 480) {
            ($0.choosesSparsity, $0.learningRate) = (sparsity == nil, 0.003)
        }
        job.criterion = criterion
        let report = try job.run()
        let pruning = try #require(report.pruning)
        #expect(pruning.zeros == pruning.requestedZeros && pruning.seed == 0)
        #expect(pruning.zeros == Int((pruning.requestedSparsity * 50_432).rounded()))
        #expect(pruning.requestedSparsity == sparsity || sparsity == nil && pruning.requestedSparsity > 0.1)
        #expect(pruning.training?.schedule == (sparsity == nil ? "one-shot" : "cubic"))
        #expect(pruning.training?.optimizer == "adam" && pruning.training!.curve[0].sparsity == 0)
        #expect(
            (pruning.training!.curve[4].sparsity == 0) == (sparsity == nil) && pruning.training!.curve[7].sparsity > 0.1
        )
        #expect(pruning.data!.after!.accuracy! > 0.8)
    }

    /// Stops at the n-th step, as if the process had been killed there, and goes on: ten times, to the same bytes.
    @Test(arguments: ["magnitude", "magnitude --regrow", "variational-dropout", "l0", "movement"])
    func anInterruptedTrainingGoesOn(how: String) throws {
        func make(_ output: String, _ checkpoint: String?) throws -> PruneJob {
            var job = try job(0.9, output: output, epochs: how == "magnitude" ? 12 : 6, samples: 64) {
                $0.regrows = how.hasSuffix("--regrow")
                ($0.checkpoint, $0.log) = (checkpoint, folder("\(output).jsonl"))
                ($0.batch, $0.frequency) = (32, 3)
            }
            job.criterion = String(how.prefix { $0 != " " })
            job.validation = validation
            job.validation?.samples = 20
            return job
        }
        let whole = try make("whole.spm", nil)
        _ = try whole.run()
        var generator = SplitMix64(seed: 17)
        var interruptions = 0
        while interruptions < 10 {
            var job = try make("parts.spm", folder("state"))
            let flag = CancellationFlag()
            job.options.cancellation = flag
            let progress = WorkProgress()
            job.options.progress = progress
            let stop = 2 * interruptions + 1 + generator.next(below: 3)
            // A thread of its own: tasks may have to wait for one another.
            let watcher = Thread {
                while !flag.isSet {
                    let (phase, done, _, _) = progress.snapshot
                    if phase.hasPrefix("training"), done >= stop { flag.cancel() }
                    usleep(50)
                }
            }
            watcher.start()
            do {
                _ = try job.run()
                flag.cancel()
                break
            } catch let error as SparsifyError {
                #expect(error.code == .cancelled)
                interruptions += 1
            }
        }
        _ = try make("parts.spm", folder("state")).run()
        #expect(interruptions > 3)
        #expect(try contents(folder("whole.spm")) == contents(folder("parts.spm")))
        #expect(try contents(folder("whole.spm.jsonl")) == contents(folder("parts.spm.jsonl")))
    }

    @Test func aCheckpointOfAnotherTrainingIsRefused() throws {
        _ = try job { $0.checkpoint = folder("state") }.run()
        let error = #expect(throws: SparsifyError.self) {
            try job {
                ($0.checkpoint, $0.learningRate) = (folder("state"), 0.5)
            }.run()
        }
        #expect(error?.code == .usage && error?.file?.hasSuffix("training.checkpoint") == true)
    }

    @Test(arguments: [0, 3, 8, 200, -1, -100]) func aDamagedCheckpointIsRefused(length: Int) throws {
        let request = try job { $0.checkpoint = folder("state") }
        _ = try request.run()
        let path = folder("state") + "/training.checkpoint"
        let bytes = try contents(path)
        try store(Array(length < 0 ? bytes.dropLast(-length) : bytes.prefix(length)), path)
        let error = #expect(throws: SparsifyError.self) { try request.run() }
        #expect(error?.code == .malformed)
    }

    @Test func theFileTellsHowItWasMade() throws {
        var job = try job(epochs: 1)
        job.criterionOptions.seed = 5
        _ = try job.run()
        let metadata = try OpenModel(folder("out.spm"), options: JobOptions()).reader.metadata
        #expect(metadata["pruning.schedule"] == "cubic" && metadata["pruning.training-seed"] == "5")
        #expect(metadata["pruning.epochs"] == "1")
    }

    @Test func patienceEndsIt() throws {
        var job = try job(0.5, epochs: 40, samples: 128) { ($0.patience, $0.end, $0.learningRate) = (2, 0.1, 1e-9) }
        job.validation = validation
        let training = try #require(try job.run().pruning?.training)
        #expect(training.stoppedEarly && training.curve.count < 20)
        #expect(training.curve.count - training.keptEpoch == 2)
    }

    @Test func rewindingTakesWeightsBack() throws {
        // Nothing is learned after the last pruning, so that what is kept is what it was at the start.
        var job = try job(0.9, epochs: 4) {
            ($0.schedule, $0.fraction, $0.end, $0.rewindEpoch) = ("iterative", 0.5, 1, 0)
            ($0.optimizer, $0.rateSchedule) = ("sgd", "cosine")
        }
        job.output = folder("out.h5")
        _ = try job.run()
        let (before, after) = (try elements(job.input), try elements(job.output))
        let name = try #require(after.keys.first { $0.hasSuffix("dense/kernel") || $0.hasSuffix("dense/kernel:0") })
        func floats(_ bytes: [UInt8]) -> [Float] {
            bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        }
        let pairs = zip(floats(before[name]!), floats(after[name]!)).filter { $1 != 0 }
        #expect(!pairs.isEmpty && pairs.allSatisfy { abs($0 - $1) < 0.01 })
    }

    /// Layers that the configuration has frozen are pruned, and what is kept of them stays as it was.
    @Test func frozenLayersAreNotTrained() throws {
        let reader = try ModelFiles.open(Fixtures.path("digits_mlp.h5"))
        var tree = reader.tree
        let place = try #require(tree.entries[0].attributes.firstIndex { $0.name == "model_config" })
        let config = try #require(tree.entries[0].attributes[place].text)
        let dense = try #require(config.range(of: #""class_name": "Dense""#))
        let trained = try #require(config[dense.upperBound...].range(of: "\"trainable\": true"))
        let frozen = config.replacingCharacters(in: trained, with: "\"trainable\": false")
        tree.entries[0].attributes[place] = Attribute(name: "model_config", text: frozen)
        try writeFile(
            folder("frozen.h5"), tree, reader.tensors.indices.map { (reader.tensors[$0], try reader.bytes($0)) },
            format: ModelFiles.format(forWriting: "x.h5"))
        var job = try job(0.5, output: "out.h5")
        job.input = folder("frozen.h5")
        let report = try job.run()
        #expect(report.notes.contains { $0.contains("1 layers that the configuration has frozen") })
        #expect(report.pruning?.zeros == report.pruning?.requestedZeros)
        let (before, after) = (try elements(job.input), try elements(job.output))
        var moved: [String] = []
        for (name, bytes) in after where name.contains("kernel") || name.contains("bias") {
            let old = try #require(before[name])
            func floats(_ bytes: [UInt8]) -> [Float] { bytes.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) } }
            if zip(floats(old), floats(bytes)).contains(where: { $1 != 0 && $0 != $1 }) { moved.append(name) }
        }
        #expect(moved.count == 4 && moved.allSatisfy { $0.contains("dense_1/") || $0.contains("dense_2/") }, "\(moved)")
    }

    @Test func aSplitKeepsTheEndApart() throws {
        var job = try job(samples: nil)
        job.validationSplit = .share(0.2)
        let data = try #require(try job.run().pruning?.data)
        #expect(data.samples == 1150 && data.validationSamples == 287)
        job.validationSplit = .count(1437)
        #expect(throws: SparsifyError.self) { try job.run() }
    }

    @Test(
        arguments: [
            { $0.training?.optimizer = "none" }, { $0.training?.schedule = "none" },
            { $0.training?.rateSchedule = "none" },
            { $0.training?.patience = 1 }, { $0.training?.patience = 0 }, { $0.training?.rewindEpoch = 9 },
            { $0.training?.distillation = 2 }, { $0.training?.temperature = 0 }, { $0.training?.warmUp = 2 },
            { $0.training?.learningRate = -1 }, { $0.training?.epochs = 0 }, { $0.training?.epochs = .max },
            { $0.training?.batch = .max },
            {
                $0.training?.start = 0.6
                $0.training?.end = 0.3
            }, { $0.data = nil },
            { $0.data?.labels = nil },
            { $0.target = .bytes(1000) }, { $0.training?.choosesSparsity = true },
            {
                $0.criterion = "l0"
                $0.training = nil
            },
            {
                $0.criterion = "l0"
                $0.training?.choosesSparsity = true
                $0.allocation = "erk"
            },
            {
                $0.criterion = "movement"
                $0.training?.choosesSparsity = true
            },
            {
                $0.criterion = "variational-dropout"
                $0.training?.regrows = true
            },
            {
                $0.training?.regrows = true
                $0.criterion = "taylor"
            },
            {
                $0.training?.regrows = true
                $0.training?.rewindEpoch = 0
            },
            {
                $0.training?.schedule = "iterative"
                $0.training?.fraction = 0
            },
            { $0.validation = DataRequest(file: Fixtures.path("digits.npz") + ":x_test") },
        ] as [@Sendable (inout PruneJob) -> Void])
    func whatCannotBeIsSaid(change: @Sendable (inout PruneJob) -> Void) throws {
        var job = try job()
        change(&job)
        let error = #expect(throws: SparsifyError.self) { try job.run() }
        #expect(error?.code == .usage)
        #expect(folder.contents.isEmpty)
    }
}
