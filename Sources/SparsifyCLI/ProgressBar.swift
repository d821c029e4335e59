internal import Dispatch
internal import Reports
internal import Tensors

/// A line on standard error that says how far the work is; only on a terminal.
final class ProgressBar: @unchecked Sendable {
    let progress = WorkProgress()
    private let queue = DispatchQueue(label: "progress")
    private var timer: (any DispatchSourceTimer)?
    private let columns: Int
    private var isDrawn = false
    private var pace = WorkPace()

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
        let (phase, done, total, number) = progress.snapshot
        guard total > 0, columns >= 30 else { return }
        let percent = done * 100 / total
        let now = Double(DispatchTime.now().uptimeNanoseconds) / 1e9
        let left = pace.secondsLeft(phase: number, done: done, total: total, at: now)
        let label = " \(phase) \(percent) %" + (left.map { ", \(NumberText.clock($0)) left" } ?? "")
        let width = min(40, columns - label.count - 3)
        isDrawn = true
        guard width > 4 else {
            // There is no room for more than words.
            Terminal.writeError("\r\(label.dropFirst().prefix(columns - 1))\u{1b}[K")
            return
        }
        let filled = width * percent / 100
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
        Terminal.writeError("\r[\(bar)]\(label)\u{1b}[K")
    }
}
