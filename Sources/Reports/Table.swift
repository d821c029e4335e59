internal import Tensors

/// Rows of cells under a header: what the renderers have in common.
public struct Table {
    public struct Column {
        var title: String
        /// Numbers are set flush right.
        var isNumeric: Bool

        public init(title: String, isNumeric: Bool) {
            self.title = title
            self.isNumeric = isNumeric
        }
    }

    var columns: [Column]
    var rows: [[String]]

    /// - Parameter rows: each has a cell for each column.
    public init(columns: [Column], rows: [[String]]) {
        self.columns = columns
        self.rows = rows
    }

    /// Columns in which every cell is empty say nothing and are left out.
    func withoutEmptyColumns() -> Table {
        let kept = columns.indices.filter { column in rows.contains { !$0[column].isEmpty } }
        return Table(columns: kept.map { columns[$0] }, rows: rows.map { row in kept.map { row[$0] } })
    }

    /// Columns lined up with spaces.
    public var aligned: String {
        let header = columns.map(\.title)
        let cells = rows.map { $0.map(printable) }
        let widths = columns.indices.map { column in
            ([header] + cells).map { $0[column].count }.max() ?? 0
        }
        let lines = ([header] + cells).map { row in
            let padded = columns.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return columns[column].isNumeric ? space + row[column] : row[column] + space
            }
            return padded.joined(separator: "  ").trimmingTrailingSpaces
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var markdown: String {
        func line(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |\n" }
        return line(columns.map(\.title)) + line(columns.map { $0.isNumeric ? "---:" : "---" })
            + rows.map { line($0.map { escaped($0) }) }.joined()
    }

    private func escaped(_ cell: String) -> String {
        printable(cell).reduce(into: "") { $0 += "|*_`<\\".contains($1) ? "\\\($1)" : String($1) }
    }

    /// As RFC 4180 has it.
    var csv: String {
        func field(_ text: String) -> String {
            let text = printable(text)
            // By scalars: a quote with an accent on it is a character of its own.
            guard text.unicodeScalars.contains(where: { $0 == "," || $0 == "\"" }) else { return text }
            var quoted = "\""
            for scalar in text.unicodeScalars {
                if scalar == "\"" { quoted += "\"" }
                quoted.unicodeScalars.append(scalar)
            }
            return quoted + "\""
        }
        return ([columns.map(\.title)] + rows).map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        var end = endIndex
        while end > startIndex, self[index(before: end)] == " " { end = index(before: end) }
        return String(self[..<end])
    }
}
