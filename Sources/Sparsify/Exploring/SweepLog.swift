internal import ModelIO
internal import Reports
internal import Tensors

#if canImport(FoundationEssentials)
    internal import FoundationEssentials
#else
    internal import Foundation
#endif

/// The rows of a sweep in a file, a line of JSON each, behind a line that says which sweep it is.
final class SweepLog {
    private let path: String
    private let head: Head
    private(set) var rows: [SweepRow] = []

    private struct Head: Codable, Equatable {
        var sweep: String
    }

    /// - Throws: `usage` where the file is of another sweep; `malformed` where it is none.
    init(_ path: String, sweep: String) throws {
        self.path = path
        head = Head(sweep: sweep)
        guard FileManager.default.fileExists(atPath: path) else {
            try write()
            return
        }
        let damage = SparsifyError(
            .malformed, "This is no log of a sweep.", file: path,
            remedy: "Give another file, or remove it to begin anew.")
        guard let data = FileManager.default.contents(atPath: path) else { throw damage }
        var lines = data.split(separator: UInt8(ascii: "\n"))[...]
        guard let first = lines.popFirst(), let found = JSONText.decode(Head.self, first) else {
            throw damage
        }
        guard found == head else {
            throw SparsifyError(
                .usage, "This log is of another sweep: the model, the data or the options differ.", file: path,
                remedy: "Give the same ones as before, or another file, or remove it to begin anew.")
        }
        rows = try lines.map { line in
            guard let row = JSONText.decode(SweepRow.self, line) else { throw damage }
            return row
        }
    }

    func append(_ row: SweepRow) throws {
        rows.append(row)
        try write()
    }

    private func write() throws {
        let file = try AtomicFile(path: path, overwrite: true)
        var text = JSONText.line(head) + rows.map { JSONText.line($0) }.joined()
        try text.withUTF8 { bytes in try file.write(UnsafeRawBufferPointer(bytes)) }
        try file.commit()
    }
}
