internal import ArgumentParser
internal import Sparsify

/// Not for people: walks a file in this process, which the caller keeps apart because it may crash.
struct ProbeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "__probe", shouldDisplay: false)

    @Argument var file: String
    @Option var maximumDeclaredBytes: Int?

    func run() throws {
        try ProbeProcess.walk(file, maximumDeclaredBytes: maximumDeclaredBytes)
    }
}
