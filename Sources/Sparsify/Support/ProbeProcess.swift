internal import HDF5Format
internal import ModelIO
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Walks a file in a child process with bounds on memory and time, so that a file which crashes or hangs the HDF5
/// library kills that process and not this one.
public struct ProbeProcess {
    let executable: String
    /// How long the child may take; nil: what goes by the size of the file.
    var timeLimit: Double?

    /// Runs in the child. Where the file is refused in good order, standard output says why, for the parent to say it:
    /// what damage does to the library depends on what lies in memory, so the parent does not try again.
    public static func walk(_ path: String, maximumDeclaredBytes: Int?) throws {
        let file = try InputFile(path: path)
        limit(fileSize: file.size)
        do {
            try HDF5Probe.walk(
                path: path, options: ReadOptions(maximumDeclaredBytes: maximumDeclaredBytes, threads: 1))
        } catch let error as SparsifyError {
            let bytes = Array(ProbeRefusal.encode(error).utf8)
            _ = write(1, bytes, bytes.count)
            throw error
        }
    }

    /// Walking touches metadata alone, so what a sound file needs goes by its size.
    private static func seconds(fileSize: Int) -> Int { 5 + fileSize / (8 << 20) }

    private static func limit(fileSize: Int) {
        let memory = rlim_t(2 << 30)
        var space = rlimit(rlim_cur: memory, rlim_max: memory)
        setrlimit(resource(RLIMIT_AS), &space)
        let time = rlim_t(seconds(fileSize: fileSize))
        var processor = rlimit(rlim_cur: time, rlim_max: time)
        setrlimit(resource(RLIMIT_CPU), &processor)
        var core = rlimit(rlim_cur: 0, rlim_max: 0)
        setrlimit(resource(RLIMIT_CORE), &core)
    }

    /// - Throws: `malformed` where the child died or ran out of time.
    func check(_ path: String, _ options: JobOptions) throws {
        let file = try InputFile(path: path)
        guard HDF5Format().recognizes(head: try file.head(), path: path) else { return }
        var arguments = ["__probe"]
        if let bytes = options.maximumDeclaredBytes { arguments += ["--maximum-declared-bytes", "\(bytes)"] }
        let seconds = timeLimit ?? Double(2 * Self.seconds(fileSize: file.size))
        let output = try ProbeOutput()
        let status = try run(arguments + ["--", path], output, seconds: seconds)
        switch status {
        case .exited:
            if let refusal = ProbeRefusal.decode(output.text) { throw refusal.located(file: path) }
        case .notStarted:
            throw SparsifyError(
                .io, "The process that walks the file first cannot be started.", file: path,
                remedy: "Can '\(executable)' find its libraries?")
        case .died(let signal):
            throw SparsifyError(
                .malformed,
                "The file's metadata is damaged: the HDF5 library died of signal \(signal) while it walked the file.",
                file: path, remedy: "Nothing was read from it.")
        case .overdue:
            throw SparsifyError(
                .malformed, "The file's metadata is damaged: walking it does not come to an end.", file: path,
                remedy: "Nothing was read from it.")
        }
    }

    private enum Status {
        case exited
        /// A shell or the loader could not start the program.
        case notStarted
        case died(Int32)
        case overdue
    }

    private func run(_ arguments: [String], _ output: ProbeOutput, seconds: Double) throws -> Status {
        var child = pid_t()
        let words = Self.cStrings([executable] + arguments)
        // A crash is an answer here, not something to print a backtrace of.
        let environment = Self.cStrings(Self.inherited + ["SWIFT_BACKTRACE=enable=no"])
        defer { for text in words + environment { free(text) } }
        let failure = withQuietActions(output) { actions in
            withDefaultSignals { posix_spawn(&child, executable, actions, $0, words, environment) }
        }
        guard failure == 0 else {
            throw SparsifyError(
                .io, "The process that walks the file first cannot be started: \(String(cString: strerror(failure))).",
                file: arguments.last)
        }
        return wait(for: child, seconds: seconds)
    }

    /// The environment of this process: the child may need it to find its libraries.
    private static var inherited: [String] {
        var result: [String] = []
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if !text.hasPrefix("SWIFT_BACKTRACE=") { result.append(text) }
            next += 1
        }
        return result
    }

    /// Copies for C, ended by a null pointer; the caller frees them.
    private static func cStrings(_ texts: [String]) -> [UnsafeMutablePointer<CChar>?] {
        var result: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
        result.append(nil)
        return result
    }

    /// The child has no input, and what it says is not for people.
    private func withQuietActions(
        _ output: ProbeOutput, _ body: (UnsafePointer<posix_spawn_file_actions_t>) -> Int32
    ) -> Int32 {
        let actions = UnsafeMutablePointer<posix_spawn_file_actions_t>.allocate(capacity: 1)
        posix_spawn_file_actions_init(actions)
        defer {
            posix_spawn_file_actions_destroy(actions)
            actions.deallocate()
        }
        posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(actions, output.writeEnd, 1)
        posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_WRONLY, 0)
        return body(UnsafePointer(actions))
    }

    /// Signals that this process ignores, or this thread blocks, reach the child all the same.
    private func withDefaultSignals(_ body: (UnsafePointer<posix_spawnattr_t>) -> Int32) -> Int32 {
        let attributes = UnsafeMutablePointer<posix_spawnattr_t>.allocate(capacity: 1)
        posix_spawnattr_init(attributes)
        defer {
            posix_spawnattr_destroy(attributes)
            attributes.deallocate()
        }
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(attributes, &signals)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(attributes, &none)
        posix_spawnattr_setflags(attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))
        return body(UnsafePointer(attributes))
    }

    private func wait(for child: pid_t, seconds: Double) -> Status {
        var status: Int32 = 0
        for _ in 0..<Int(seconds * 1000) {
            let result = waitpid(child, &status, WNOHANG)
            if result == child { return Self.interpret(status) }
            if result < 0, errno != EINTR { return .died(0) }
            usleep(1000)
        }
        kill(child, SIGKILL)
        waitpid(child, &status, 0)
        return .overdue
    }

    private static func interpret(_ status: Int32) -> Status {
        let signal = status & 0x7f
        // 126 and 127 are how the loader, or a shell, says that nothing ran.
        if signal == 0 { return (status >> 8) & 0xff >= 126 ? .notStarted : .exited }
        return signal == SIGXCPU || signal == SIGKILL ? .overdue : .died(signal)
    }
}

#if canImport(Glibc)
    private func resource(_ value: __rlimit_resource) -> __rlimit_resource_t { __rlimit_resource_t(value.rawValue) }
#else
    private func resource(_ value: Int32) -> Int32 { value }
#endif
