internal import ModelIO
internal import Reports

/// A file with a line of JSON for each epoch, complete at every moment.
struct TrainingLog {
    let path: String

    /// - Throws: `io` where the file cannot be written.
    init(_ path: String) throws {
        self.path = path
        try write([])
    }

    func write(_ curve: [TrainingPoint]) throws {
        let file = try AtomicFile(path: path, overwrite: true)
        var text = curve.map { JSONText.line($0) }.joined()
        try text.withUTF8 { bytes in try file.write(UnsafeRawBufferPointer(bytes)) }
        try file.commit()
    }
}
