internal import ArgumentParser
internal import ModelIO
internal import Reports
internal import Sparsify

struct FormatsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "formats", abstract: "List the model formats that are read and written.",
        discussion: "Files are recognised by what is in them; what is written goes by the ending of the output's name.")

    @Flag(help: "Print the list as JSON.")
    var json = false

    private struct Row: Encodable {
        var format: String
        var endings: [String]
        var isWritten: Bool
        var summary: String
    }

    func run() throws {
        let rows = Catalog.formats.map {
            Row(
                format: $0.id, endings: $0.extensions.map { ".\($0)" }, isWritten: $0.isWritten, summary: $0.summary)
        }
        if json { return Terminal.write(JSONText.encode(rows)) }
        let cells =
            [["format", "endings", "read and written"]]
            + rows.map {
                [$0.format, $0.endings.joined(separator: ", "), $0.summary]
            }
        let widths = (0..<2).map { column in cells.map { $0[column].count }.max() ?? 0 }
        for row in cells {
            let padded = (0..<2).map { row[$0] + String(repeating: " ", count: widths[$0] - row[$0].count) }
            Terminal.write((padded + [row[2]]).joined(separator: "  ") + "\n")
        }
    }
}
