import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C leaves the target as it was, and nothing beside it.
@Suite(.serialized) struct InterruptionTests {
    @Test(arguments: [SIGINT, SIGTERM, SIGHUP], [true, false])
    func aSignalLeavesNothingBehind(signal: Int32, pruning: Bool) throws {
        try expectNothingBehind("out.spm", signal, pruning)
    }

    @Test func aFileWrittenInPlacesOfItsOwnGoesToo() throws {
        try expectNothingBehind("out.safetensors", SIGINT, false)
    }

    private func expectNothingBehind(_ name: String, _ signal: Int32, _ pruning: Bool) throws {
        let (folder, outputs) = (try TemporaryFolder(), try TemporaryFolder())
        try Files.writeManyZeros(folder("zeros.spm"))
        try store([1, 2], outputs(name))
        let work = pruning ? ["prune", "--sparsity", "0.5"] : ["convert"]
        let paths = [folder("zeros.spm"), outputs(name)]
        let running = try Command.start(work + ["--force", "--max-memory", "16G"] + paths, in: folder)
        // The output is opened before the work, which takes seconds.
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while outputs.contents.count < 2, clock.now < deadline, running.process.isRunning { usleep(1000) }
        #expect(outputs.contents.count == 2)
        kill(running.process.processIdentifier, signal)
        let result = try running.finish()
        #expect(result.exited && result.status == 128 + signal)
        #expect(result.errors.contains("interrupted; nothing was written"))
        #expect(result.output == "")
        #expect(outputs.contents == [name])
        #expect(try contents(outputs(name)) == [1, 2])
    }
}
