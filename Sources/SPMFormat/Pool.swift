internal import Synchronization

/// Lends each caller a worker of its own, made when all others are out.
final class Pool<Worker>: @unchecked Sendable {
    private let idle = Mutex<[Box]>([])
    private let make: @Sendable () -> Worker

    private final class Box: @unchecked Sendable {
        let worker: Worker
        init(_ worker: Worker) { self.worker = worker }
    }

    init(_ make: @escaping @Sendable () -> Worker) { self.make = make }

    func with<Output>(_ body: (Worker) throws -> Output) rethrows -> Output {
        let box = idle.withLock { $0.popLast() } ?? Box(make())
        defer { idle.withLock { $0.append(box) } }
        return try body(box.worker)
    }
}
