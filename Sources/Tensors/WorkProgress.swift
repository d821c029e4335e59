internal import Synchronization

/// How far long work has come. Workers add; whoever shows it looks whenever it likes.
public final class WorkProgress: Sendable {
    private let done = Atomic<Int>(0)
    private let phase = Mutex<(name: String, total: Int, number: Int)>(("", 0, 0))
    private let part = Mutex<String?>(nil)

    public init() {}

    /// Begins a phase of `total` units, usually bytes.
    public func begin(_ name: String, total: Int) {
        phase.withLock { $0 = (name, total, $0.number + 1) }
        done.store(0, ordering: .relaxed)
    }

    /// Gives the phase another name, which may say more of what it has come to.
    public func rename(_ name: String) { phase.withLock { $0.name = name } }

    /// Says of which part of a longer work the phases are from now on: "trial 3 of about 16"; nil: of none.
    public func beginPart(_ name: String?) { part.withLock { $0 = name } }

    public func add(_ units: Int) { done.add(units, ordering: .relaxed) }

    /// `number` counts the phases.
    public var snapshot: (phase: String, done: Int, total: Int, number: Int) {
        let (name, total, number) = phase.withLock { $0 }
        let part = part.withLock { $0 }
        return (part.map { "\($0): \(name)" } ?? name, min(done.load(ordering: .relaxed), total), total, number)
    }
}
