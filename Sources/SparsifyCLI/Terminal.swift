#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Standard output and error, written whole.
enum Terminal {
    /// Ends the process where standard output cannot take the text; quietly where nobody listens any more.
    static func write(_ text: String) {
        guard !write(text, to: STDOUT_FILENO) else { return }
        if errno != EPIPE { writeError("sparsify: Standard output: \(String(cString: strerror(errno))).\n") }
        exit(1)
    }

    static func writeError(_ text: String) { _ = write(text, to: STDERR_FILENO) }

    /// Whether standard error is a terminal, and how many columns it has.
    static var errorColumns: Int? {
        guard isatty(STDERR_FILENO) == 1 else { return nil }
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }

    private static func write(_ text: String, to descriptor: Int32) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while let base = rest.baseAddress, !rest.isEmpty {
                let written = systemWrite(descriptor, base, rest.count)
                if written < 0, errno == EINTR { continue }
                guard written > 0 else { return false }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return true
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, base, count)
}
