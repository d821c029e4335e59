import Foundation

/// One run of a command, with its output thrown away.
struct Run {
    /// Nil where it had to be ended.
    let status: Int32?
    let signal: Int32?
    let kilobytes: Int

    init(_ command: String, _ arguments: [String], mostSeconds: Double) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_WRONLY, 0)
        }
        var words: [UnsafeMutablePointer<CChar>?] = ([command] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var process = pid_t()
        guard posix_spawn(&process, command, &actions, nil, &words, environ) == 0 else {
            fatalError("\(command) cannot be run")
        }
        let end = Date().addingTimeInterval(mostSeconds)
        var (state, usage, wasEnded) = (Int32(0), rusage(), false)
        while wait4(process, &state, WNOHANG, &usage) == 0 {
            if Date() > end, !wasEnded {
                kill(process, SIGKILL)
                wasEnded = true
            }
            usleep(500)
        }
        let terminated = state & 0x7f
        status = wasEnded || terminated != 0 ? nil : state >> 8 & 0xff
        signal = wasEnded || terminated == 0 ? nil : terminated
        kilobytes = Int(usage.ru_maxrss)
    }

    /// What is wrong with how it ended; nil where nothing is.
    func complaint(mostKilobytes: Int) -> String? {
        if let signal { return "signal \(signal)" }
        guard let status else { return "did not end" }
        guard status == 0 || status == 1 else { return "status \(status)" }
        return kilobytes > mostKilobytes ? "\(kilobytes) KB of memory" : nil
    }
}
