internal import Tensors

/// A page that needs nothing but itself: no scripts, no other files; light or dark as the reader has it.
struct HTMLPage {
    var title: String
    /// Sections, in order; what is empty is left out.
    var sections: [(heading: String, body: String)] = []

    mutating func add(_ heading: String, _ body: String?) {
        if let body, !body.isEmpty { sections.append((heading, body)) }
    }

    var text: String {
        let body = sections.map { "<section>\n<h2>\(Self.escaped($0.heading))</h2>\n\($0.body)</section>\n" }.joined()
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(Self.escaped(title))</title>
            <style>
            \(Self.style)
            </style>
            </head>
            <body>
            <main>
            <h1>\(Self.escaped(title))</h1>
            \(body)</main>
            </body>
            </html>

            """
    }

    /// Text as it may stand in elements and attributes, whatever it holds: names come from files.
    ///
    /// - Parameter keepingLines: whether the text has lines of its own.
    static func escaped(_ text: String, keepingLines: Bool = false) -> String {
        if keepingLines {
            return text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
                .joined(separator: "\n")
        }
        var result = ""
        for character in printable(text).unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// A row of a table: a name, a number, and a bar of parts, each with its class and its share of the whole.
    static func row(_ name: String, _ text: String, _ parts: [(String, Double)]) -> String {
        let bar = parts.map { "<i class=\"\($0.0)\" style=\"width:\(NumberText.fixed(100 * $0.1, 2))%\"></i>" }.joined()
        return "<tr><td>\(escaped(name))</td><td class=\"n\">\(escaped(text))</td>"
            + "<td class=\"bar\"><span class=\"track\">\(bar)</span></td></tr>\n"
    }

    private static let style = """
        :root { --ink: #1b1f24; --paper: #ffffff; --faint: #67707b; --line: #d5dae0; --one: #1f6feb; --two: #d1711b; --soft: #eef2f7; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e3e8ee; --paper: #14181d; --faint: #98a2ae; --line: #343c46; --one: #6ea8fe; --two: #f0a35e; --soft: #1f262e; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1.5rem 1rem 3rem; }
        h1 { font-size: 1.5rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.1rem; margin: 2rem 0 .6rem; }
        section { overflow-x: auto; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .9rem; }
        th, td { padding: .2rem .7rem .2rem 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; white-space: nowrap; }
        th { color: var(--faint); font-weight: 600; }
        .n { text-align: right; }
        td.bar { width: 16rem; vertical-align: middle; }
        .track { background: var(--soft); height: .9rem; width: 15rem; display: flex; }
        .track i { display: block; height: 100%; }
        .one { background: var(--one); } .two { background: var(--two); } .rest { background: var(--faint); }
        .key { color: var(--faint); font-size: .9rem; } .key i { display: inline-block; width: .8rem; height: .8rem; margin: 0 .3rem 0 .8rem; }
        dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem 1.2rem; margin: 0; }
        dt { color: var(--faint); } dd { margin: 0; overflow-wrap: anywhere; }
        svg { max-width: 100%; height: auto; } svg text { fill: var(--faint); font: 12px system-ui, sans-serif; }
        .axis { stroke: var(--line); fill: none; } .curve1 { stroke: var(--one); fill: none; stroke-width: 2; }
        .curve2 { stroke: var(--two); fill: none; stroke-width: 2; stroke-dasharray: 5 3; }
        .masks { display: flex; flex-wrap: wrap; gap: 1.2rem; } figure { margin: 0; max-width: 20rem; }
        figcaption { color: var(--faint); font-size: .85rem; overflow-wrap: anywhere; } pre { margin: 0; white-space: pre-wrap; }
        .mask { background: var(--soft); } .mask path { stroke: var(--one); stroke-width: 1; fill: none; }
        .dot { fill: var(--faint); } .best { fill: var(--one); }
        """
}

extension Table {
    var html: String {
        func cell(_ tag: String, _ text: String, _ column: Column) -> String {
            "<\(tag)\(column.isNumeric ? " class=\"n\"" : "")>\(HTMLPage.escaped(text))</\(tag)>"
        }
        func line(_ tag: String, _ cells: [String]) -> String {
            "<tr>" + columns.indices.map { cell(tag, cells[$0], columns[$0]) }.joined() + "</tr>\n"
        }
        return "<table>\n<thead>" + line("th", columns.map(\.title)) + "</thead>\n<tbody>\n"
            + rows.map { line("td", $0) }.joined() + "</tbody>\n</table>\n"
    }
}
