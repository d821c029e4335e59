internal import Dispatch
internal import ModelIO

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Ctrl-C and its like: temporary files go, the target stays what it was, and the process ends as the signal would
/// have ended it.
enum Interruption {
    nonisolated(unsafe) private static var sources: [any DispatchSourceSignal] = []

    static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            // What was ignored stays so: `nohup` means it.
            let old = signal(number, SIG_IGN)
            if unsafeBitCast(old, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global(qos: .userInteractive))
            source.setEventHandler {
                let hadBegun = TemporaryFiles.shared.removeAll()
                Terminal.writeError("\nsparsify: interrupted\(hadBegun ? "; nothing was written" : "").\n")
                _exit(128 + number)
            }
            source.resume()
            sources.append(source)
        }
        // Writing to a closed pipe is an error like any other.
        signal(SIGPIPE, SIG_IGN)
    }
}
