import Foundation
import Testing

/// The program under test, run as users run it.
enum Command {
    struct Result {
        var status: Int32
        /// Whether the program ended by itself, and not by a signal.
        var exited: Bool
        var output: String
        var errors: String
        var outputBytes: [UInt8]
        var errorBytes: [UInt8]

        /// What `--json` printed.
        var json: [String: Any] {
            get throws {
                try #require(try JSONSerialization.jsonObject(with: Data(outputBytes)) as? [String: Any])
            }
        }

        /// The object under `error`.
        var error: [String: Any] {
            get throws { try #require(try json["error"] as? [String: Any]) }
        }
    }

    /// It lies beside the bundle that runs the tests.
    static let path: String = {
        var folders = [Bundle.main.bundleURL, Bundle.main.bundleURL.deletingLastPathComponent()]
        if let own = Bundle.main.executableURL { folders.append(own.deletingLastPathComponent()) }
        folders += CommandLine.arguments.filter { $0.contains(".xctest") }
            .map { URL(fileURLWithPath: $0).deletingLastPathComponent() }
        let found = folders.map { $0.appendingPathComponent("sparsify").path }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
        return found ?? "sparsify is not beside the tests"
    }()

    /// Where the program keeps what it measures of the machine; shared, so that it is measured once.
    static let cache = FileManager.default.temporaryDirectory.appendingPathComponent("sparsify-tests-cache").path

    /// Starts it; what it prints goes to files, which no amount fills up.
    static func start(
        _ arguments: [String], in folder: TemporaryFolder, cache: String = cache
    ) throws -> Running {
        let name = UUID().uuidString
        let running = Running(folder, name)
        for path in [running.output, running.errors] { try store([], path) }
        running.process.executableURL = URL(fileURLWithPath: path)
        running.process.arguments = arguments
        running.process.environment = ProcessInfo.processInfo.environment.merging(["XDG_CACHE_HOME": cache]) { $1 }
        running.process.standardInput = FileHandle.nullDevice
        running.process.standardOutput = try FileHandle(forWritingTo: URL(fileURLWithPath: running.output))
        running.process.standardError = try FileHandle(forWritingTo: URL(fileURLWithPath: running.errors))
        try running.process.run()
        return running
    }

    static func run(_ arguments: [String]) throws -> Result {
        try start(arguments, in: TemporaryFolder()).finish()
    }

    static func run(_ arguments: String...) throws -> Result { try run(arguments) }

    /// A run that has been started.
    final class Running {
        let process = Process()
        let output: String
        let errors: String

        /// Kept until the end.
        private let folder: TemporaryFolder

        init(_ folder: TemporaryFolder, _ name: String) {
            self.folder = folder
            output = folder("\(name).out")
            errors = folder("\(name).err")
        }

        func finish() throws -> Result {
            process.waitUntilExit()
            let (out, err) = (try contents(output), try contents(errors))
            return Result(
                status: process.terminationStatus, exited: process.terminationReason == .exit,
                output: String(decoding: out, as: UTF8.self), errors: String(decoding: err, as: UTF8.self),
                outputBytes: out, errorBytes: err)
        }
    }
}
