internal import ArgumentParser
internal import Reports

/// How a comparison ends: its outcome on standard output, and status 2 where the files disagree.
enum Conclusion {
    static func show(
        _ outcome: some Encodable, agrees: Bool, json: Bool, quiet: Bool, text: () -> String
    ) throws {
        if json {
            Terminal.write(JSONText.encode(outcome))
        } else if !quiet {
            Terminal.write(text())
        }
        if !agrees { throw ExitCode(2) }
    }
}
