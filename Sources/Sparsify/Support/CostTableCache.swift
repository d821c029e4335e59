public import Inference
internal import ModelIO
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The cost table of this machine's processor, measured once and kept in the user's cache folder.
public struct CostTableCache: Sendable {
    /// Where the table is kept; nil: nowhere, since the user has no cache folder.
    public let path: String?

    /// `$XDG_CACHE_HOME/sparsify`, or `~/.cache/sparsify`, with a file for each kind of processor.
    public init() {
        func variable(_ name: String) -> String? {
            getenv(name).map { String(cString: $0) }.flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let folder = variable("XDG_CACHE_HOME") ?? variable("HOME").map { $0 + "/.cache" }
        path = folder.map { "\($0)/sparsify/kernel-costs-\(Self.processor).txt" }
    }

    public init(path: String?) { self.path = path }

    /// The table that is kept; where there is none, or it is to be done anew, a new one, which is then kept if that is
    /// possible.
    public func table(recalibrates: Bool = false) -> CostTable {
        if !recalibrates, let path, let text = Self.read(path), let table = CostTable(text: text) { return table }
        let table = CostTable.measured()
        keep(table)
        return table
    }

    private func keep(_ table: CostTable) {
        guard let path, let slash = path.lastIndex(of: "/") else { return }
        let folder = String(path[..<slash])
        if let parent = folder.lastIndex(of: "/") { mkdir(String(folder[..<parent]), 0o755) }
        mkdir(folder, 0o755)
        // A cache that cannot be written costs a measurement at the next start, and nothing else.
        guard let file = try? AtomicFile(path: path, overwrite: true) else { return }
        var text = table.text
        let isWritten: Void? = try? text.withUTF8 { try file.write(UnsafeRawBufferPointer($0)) }
        if isWritten != nil { try? file.commit() }
    }

    /// Name of the processor in letters, digits and dashes.
    private static var processor: String {
        let line = read("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("model name") }
        let name = line?.split(separator: ":").last.map(String.init) ?? "processor"
        let cleaned = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return String(cleaned).split(separator: "-").joined(separator: "-")
    }

    /// A small text file; nil where it cannot be read.
    private static func read(_ path: String) -> String? {
        guard let stream = fopen(path, "r") else { return nil }
        defer { fclose(stream) }
        var bytes = [UInt8](repeating: 0, count: 1 << 16)
        let count = fread(&bytes, 1, bytes.count, stream)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
