import Tensors
import Testing

@testable import Sparsify

/// The process that walks an HDF5 file first may die of it; this one must not.
@Suite struct ProbeProcessTests {
    private let folder: TemporaryFolder
    private let model = Fixtures.path("tiny.h5")
    init() throws { folder = try TemporaryFolder() }

    private func options(_ script: String) throws -> JobOptions {
        try makeProgram(folder("probe"), script)
        return JobOptions(threads: 1, probeExecutable: folder("probe"))
    }

    private func inspect(_ options: JobOptions, _ path: String? = nil) throws {
        var job = InspectJob(input: path ?? model)
        job.options = options
        _ = try job.run()
    }

    @Test(arguments: [("SEGV", 11), ("ABRT", 6), ("BUS", 7)])
    func aProbeThatDiesIsAnErrorOfTheFile(signal: String, number: Int) throws {
        let options = try options("kill -\(signal) $$")
        #expect { try inspect(options) } throws: {
            code($0) == .malformed && "\($0)".contains("signal \(number)") && "\($0)".contains("tiny.h5")
        }
    }

    @Test func aProbeThatDoesNotComeToAnEndIsStopped() throws {
        var probe = ProbeProcess(executable: try #require(try options("exec sleep 600").probeExecutable))
        probe.timeLimit = 0.2
        let clock = ContinuousClock()
        let start = clock.now
        #expect { try probe.check(model, JobOptions()) } throws: {
            code($0) == .malformed && "\($0)".contains("does not come to an end") && "\($0)".contains("tiny.h5")
        }
        #expect(clock.now - start < .seconds(30))
    }

    @Test func aProbeThatCannotBeStartedSaysSo() throws {
        let missing = JobOptions(threads: 1, probeExecutable: folder("missing"))
        #expect { try inspect(missing) } throws: { code($0) == .io && "\($0)".contains("tiny.h5") }
        // As the loader ends where it does not find a library.
        let unloadable = try options("exit 127")
        #expect { try inspect(unloadable) } throws: { code($0) == .io && "\($0)".contains("tiny.h5") }
    }

    @Test(arguments: [0, 1])
    func aProbeThatEndsInGoodOrderLetsTheFileBeRead(status: Int) throws {
        // It is handed the file, and the environment, and nothing to read.
        let options = try options(
            """
            case "$1 $2 $3" in "__probe -- \(model)") ;; *) kill -SEGV $$ ;; esac
            [ -n "$PATH" ] || kill -SEGV $$
            read line && kill -SEGV $$
            exit \(status)
            """)
        try inspect(options)
    }

    /// What damage does to the library may differ from process to process, so what the first one found is final.
    @Test func whatTheProbeRefusesIsRefused() throws {
        let refusal = SparsifyError(
            .refused, "A link leads elsewhere\u{1f}.", tensor: "a/b", offset: 7, remedy: "Do not follow it.")
        let options = try options("printf '%s' '\(ProbeRefusal.encode(refusal))'; exit 1")
        #expect { try inspect(options) } throws: { error in
            let error = error as? SparsifyError
            return error?.code == .refused && error?.tensor == "a/b" && error?.offset == 7
                && error?.message == "A link leads elsewhere\\u{1f}." && error?.remedy == "Do not follow it."
                && error?.file == model
        }
        #expect(ProbeRefusal.decode("something else") == nil)
    }

    @Test func onlyHDF5IsWalked() throws {
        _ = try ConvertJob(input: model, output: folder("tiny.spm")).run()
        try inspect(try options("kill -SEGV $$"), folder("tiny.spm"))
    }

    @Test func everyFileThatAJobReadsIsWalked() throws {
        _ = try ConvertJob(input: model, output: folder("tiny.spm")).run()
        let options = try options("kill -SEGV $$")
        var verify = VerifyJob(input: folder("tiny.spm"))
        verify.dense = model
        verify.options = options
        var diff = DiffJob(left: folder("tiny.spm"), right: model)
        diff.options = options
        var convert = ConvertJob(input: model, output: folder("out.h5"))
        convert.options = options
        #expect { try verify.run() } throws: { code($0) == .malformed }
        #expect { try diff.run() } throws: { code($0) == .malformed }
        #expect { try convert.run() } throws: { code($0) == .malformed }
    }
}
