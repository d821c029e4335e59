internal import Dispatch
internal import Tensors

/// A line on standard error that says how far the work is; only on a terminal.
final class ProgressBar: @unchecked Sendable {
    let progress = WorkProgress()
    private let queue = DispatchQueue(label: "progress")
    private var timer: (any DispatchSourceTimer)?
    private let columns: Int
    private var isDrawn = false

    /// Nil where standard error is no terminal.
    init?(isQuiet: Bool) {
        guard !isQuiet, let columns = Terminal.errorColumns else { return nil }
        self.columns = columns
        let timer = DispatchSource.makeTimerSource(queue: queue)
        // Short work shows nothing.
        timer.schedule(deadline: .now() + .milliseconds(300), repeating: .milliseconds(100))
        timer.setEventHandler { [weak self] in self?.draw() }
        timer.resume()
        self.timer = timer
    }

    /// Removes the line.
    func stop() {
        queue.sync {
            timer?.cancel()
            timer = nil
            if isDrawn { Terminal.writeError("\r\u{1b}[K") }
            isDrawn = false
        }
    }

    private func draw() {
        let (phase, done, total) = progress.snapshot
        guard total > 0, columns >= 30 else { return }
        let percent = done * 100 / total
        let label = " \(phase) \(percent) %"
        let width = min(40, columns - label.count - 3)
        guard width > 4 else { return }
        let filled = width * percent / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        Terminal.writeError("\r[\(bar)]\(label)\u{1b}[K")
        isDrawn = true
    }
}
