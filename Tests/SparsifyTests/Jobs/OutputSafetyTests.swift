import ModelIO
import Pruning
import Tensors
import Testing

@testable import Sparsify

/// The target is the old file or the new one, and nothing else is left behind.
@Suite struct OutputSafetyTests {
    enum Work: String, CaseIterable, Sendable { case prune, convert }

    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ work: Work, _ input: String, _ output: String, overwrites: Bool = false,
        options: JobOptions = JobOptions(threads: 2)
    ) throws {
        switch work {
        case .prune:
            var job = PruneJob(input: input, output: output, request: try PruningRequest(sparsity: 0.5))
            job.overwrites = overwrites
            job.options = options
            _ = try job.run()
        case .convert:
            var job = ConvertJob(input: input, output: output)
            job.overwrites = overwrites
            job.options = options
            _ = try job.run()
        }
    }

    @Test(arguments: Work.allCases, ["spm", "h5"])
    func anOutputThatExistsIsRefusedAndLeftAlone(work: Work, ending: String) throws {
        let output = folder("old.\(ending)")
        try store([4, 5, 6], output)
        #expect { try run(work, Fixtures.path("tiny.h5"), output) } throws: {
            code($0) == .io && "\($0)".contains("--force") && "\($0)".contains(output)
        }
        #expect(try contents(output) == [4, 5, 6])
        #expect(folder.contents == ["old.\(ending)"])
        try run(work, Fixtures.path("tiny.h5"), output, overwrites: true)
        #expect(try ModelFiles.open(output).tensors.count == 4)
        #expect(folder.contents == ["old.\(ending)"])
    }

    @Test(arguments: Work.allCases, ["spm", "h5"])
    func anOutputInAMissingFolderFailsBeforeTheWork(work: Work, ending: String) throws {
        let progress = WorkProgress()
        let output = folder("missing/out.\(ending)")
        #expect {
            try run(work, Fixtures.path("digits_mlp.h5"), output, options: JobOptions(threads: 2, progress: progress))
        } throws: {
            code($0) == .io && "\($0)".contains(output)
        }
        #expect(progress.snapshot.phase == "")
    }

    @Test(arguments: Work.allCases, ["txt", "", "pt"])
    func anEndingThatMeansNothingIsRefused(work: Work, ending: String) throws {
        #expect { try run(work, Fixtures.path("tiny.h5"), folder("out.\(ending)")) } throws: {
            code($0) == .usage && "\($0)".contains(".spm")
        }
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: Work.allCases, ["spm", "h5"])
    func aCancelledJobLeavesNothing(work: Work, ending: String) throws {
        let flag = CancellationFlag()
        flag.cancel()
        #expect {
            try run(
                work, Fixtures.path("digits_mlp.h5"), folder("out.\(ending)"),
                options: JobOptions(threads: 2, cancellation: flag))
        } throws: {
            code($0) == .cancelled
        }
        #expect(folder.contents.isEmpty)
    }

    @Test(arguments: Work.allCases, ["spm", "h5"])
    func anInputThatFailsMidwayLeavesNothing(work: Work, ending: String) throws {
        try run(.convert, Fixtures.path("digits_mlp.weights.h5"), folder("in.spm"))
        var bytes = try contents(folder("in.spm"))
        // In the middle of the values; the index is whole, so the file opens.
        bytes[bytes.count / 2] ^= 0x10
        try store(bytes, folder("in.spm"))
        try store([7], folder("out.\(ending)"))
        #expect {
            try run(work, folder("in.spm"), folder("out.\(ending)"), overwrites: true)
        } throws: {
            code($0) == .malformed && "\($0)".contains(folder("in.spm")) && "\($0)".contains("tensor")
        }
        #expect(folder.contents == ["in.spm", "out.\(ending)"].sorted())
        #expect(try contents(folder("out.\(ending)")) == [7])
    }

    @Test(arguments: ["spm", "h5"])
    func aModelCanReplaceItself(ending: String) throws {
        let path = folder("model.\(ending)")
        try run(.convert, Fixtures.path("digits_mlp.h5"), path)
        try run(.prune, path, path, overwrites: true)
        var check = VerifyJob(input: path)
        check.dense = Fixtures.path("digits_mlp.h5")
        let outcome = try check.run()
        #expect(outcome.isSound)
        #expect(outcome.pruned == 25216)
        #expect(folder.contents == ["model.\(ending)"])
    }

    @Test(arguments: [
        ("nothing.h5", SparsifyError.Code.io), ("empty.h5", .unknownFormat), ("text.spm", .unknownFormat),
    ])
    func inputsThatAreNoModelsAreToldApart(name: String, expected: SparsifyError.Code) throws {
        try store([], folder("empty.h5"))
        try store(Array("not a model".utf8), folder("text.spm"))
        #expect { try run(.convert, folder(name), folder("out.spm")) } throws: {
            code($0) == expected && "\($0)".contains(folder(name))
        }
    }
}
