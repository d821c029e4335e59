import Foundation
import Testing

/// Whatever the file, the command ends by itself, with a message.
@Suite struct HostileInputTests {
    private let folder: TemporaryFolder
    init() throws { folder = try TemporaryFolder() }

    private func expectOrder(_ result: Command.Result, _ what: String) {
        #expect(result.exited, "\(what) ended by signal \(result.status)")
        #expect([0, 1, 2].contains(result.status), "\(what): \(result.status)")
        #expect((result.status == 1) == result.errors.hasPrefix("sparsify: "), "\(what): \(result.errors)")
        #expect(!result.errors.contains("HDF5-DIAG"), "\(what)")
    }

    /// The same numbers on every run, so that a failure can be repeated.
    private struct Noise {
        var state: UInt64
        mutating func next(below bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
    }

    @Test(arguments: 0..<60)
    func damagedMetadataNeverEndsTheCommandBySignal(seed: Int) throws {
        var bytes = try contents(Fixtures.path("tiny.h5"))
        var noise = Noise(state: UInt64(seed) &* 7919 &+ 1)
        for _ in 0...seed % 8 {
            let place = 8 + noise.next(below: bytes.count - 8)
            let run = 1 + noise.next(below: 8)
            for offset in place..<min(place + run, bytes.count) { bytes[offset] = UInt8(noise.next(below: 256)) }
        }
        try store(bytes, folder("damaged.h5"))
        expectOrder(try Command.run("inspect", folder("damaged.h5")), "inspect, seed \(seed)")
    }

    @Test(arguments: [1, 8, 9, 100, 512, 2047, 2048, 4096, 8000, 8127])
    func aTruncatedFileIsAnError(length: Int) throws {
        try store(Array(try contents(Fixtures.path("tiny.h5")).prefix(length)), folder("cut.h5"))
        for arguments in [
            ["inspect", folder("cut.h5")], [folder("cut.h5"), folder("out.spm"), "-s", "0.5"],
            ["verify", folder("cut.h5"), "--json"],
        ] {
            let result = try Command.run(arguments)
            expectOrder(result, "\(arguments[0]) of \(length) bytes")
            #expect(result.status == 1)
            #expect(result.errors.contains("cut.h5"))
        }
        #expect(folder.contents == ["cut.h5"])
    }

    @Test func whatIsNoFileIsRefused() throws {
        try store([], folder("empty.h5"))
        for path in [folder.path, folder("empty.h5"), folder("missing.h5"), "/dev/zero", "/dev/stdin", ""] {
            let result = try Command.run("inspect", path)
            expectOrder(result, "'\(path)'")
            #expect(result.status == 1, "'\(path)'")
        }
    }

    @Test(arguments: [[], ["--markdown"], ["--csv"], ["--json"]])
    func escapeSequencesInAFileNeverReachTheTerminal(form: [String]) throws {
        let evil = "e\u{1b}[31mvil\u{9b}2J\u{7}"
        try Files.write(folder("evil.h5"), tensor: evil, attribute: evil)
        // In UTF-8 the eight-bit controls begin with this byte.
        func isRaw(_ bytes: [UInt8]) -> Bool {
            let text = String(decoding: bytes, as: UTF8.self)
            return text.replacing("\r\n", with: "\n").unicodeScalars.contains {
                $0.value < 0x20 && $0 != "\n" || (0x7f...0x9f).contains($0.value)
            }
        }
        let pruned = try Command.run([folder("evil.h5"), folder("out.spm"), "-s", "0.5"] + form)
        #expect(pruned.status == 0)
        #expect(pruned.output.contains("vil"))
        var results = [pruned]
        results.append(try Command.run(["inspect", folder("evil.h5")] + form))
        results.append(try Command.run("diff", folder("evil.h5"), folder("out.spm")))
        results.append(try Command.run("verify", folder("out.spm"), "--against", Fixtures.path("tiny.h5")))
        results.append(try Command.run("inspect", folder("no\u{1b}[2Jfile.h5")))
        // Damage inside the tensor, whose name the message then says.
        var bytes = try contents(folder("out.spm"))
        bytes[66] ^= 1
        try store(bytes, folder("out.spm"))
        results.append(try Command.run(["verify", folder("out.spm")]))
        #expect(results.map(\.status) == [0, 0, 2, 2, 1, 1])
        for result in results {
            #expect(!isRaw(result.outputBytes), "\(result.output)")
            #expect(!isRaw(result.errorBytes), "\(result.errors)")
        }
        #expect(results[5].errors.contains("vil"))
    }
}
