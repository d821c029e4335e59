internal import CProcessor
internal import Synchronization
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Threads that wait for the next piece of work on the processor for a moment before they sleep: the pieces of a network
/// follow one another within microseconds, and waking a sleeping thread takes longer than many of them.
final class WorkerPool: Sendable {
    static let shared = WorkerPool()

    /// Pauses before a waiting thread sleeps: some 100 µs.
    private static let patience = 4000

    private static let cores = Parallel.defaultThreads

    private struct Job {
        var body: (@Sendable (Int) -> Void)?
        /// Helpers that may still join.
        var places = 0
        /// The core that the caller runs on, where there are others for all helpers; else −1.
        var core: Int32 = -1
    }

    private let isBusy = Atomic<Bool>(false)
    /// Counts jobs; waiting threads look at it without a lock.
    private let generation = Atomic<Int>(0)
    /// Helpers of the current job that have not finished.
    private let pending = Atomic<Int>(0)
    private let state = Lock()

    /// What is touched under the lock alone.
    private final class Lock: @unchecked Sendable {
        let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
        let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
        var job = Job()
        var threads = 0

        init() {
            pthread_mutex_init(mutex, nil)
            pthread_cond_init(wake, nil)
        }
    }

    /// Calls `body` with 0..<count at once, the first on this thread; returns when all are done. Where the pool is in
    /// use already, all on this thread.
    func run(_ count: Int, _ body: @Sendable (Int) -> Void) {
        let isFree = isBusy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged
        guard isFree, count > 1 else {
            for index in 0..<count { body(index) }
            if isFree { isBusy.store(false, ordering: .releasing) }
            return
        }
        withoutActuallyEscaping(body) { body in
            start(body, helpers: count - 1)
            body(0)
            var looks = 0
            while pending.load(ordering: .acquiring) > 0 { Self.wait(&looks) }
            pthread_mutex_lock(state.mutex)
            state.job = Job()
            pthread_mutex_unlock(state.mutex)
        }
        isBusy.store(false, ordering: .releasing)
    }

    private func start(_ body: @escaping @Sendable (Int) -> Void, helpers: Int) {
        pthread_mutex_lock(state.mutex)
        while state.threads < helpers {
            state.threads += 1
            launch()
        }
        state.job = Job(body: body, places: helpers, core: helpers < Self.cores ? processor_core() : -1)
        pending.store(helpers, ordering: .relaxed)
        generation.add(1, ordering: .releasing)
        pthread_cond_broadcast(state.wake)
        pthread_mutex_unlock(state.mutex)
    }

    private func launch() {
        var thread = pthread_t(bitPattern: 0)
        let context = Unmanaged.passUnretained(self).toOpaque()
        let status = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<WorkerPool>.fromOpaque(context!).takeUnretainedValue().work()
            }, context)
        precondition(status == 0, "the system gives no more threads (error \(status))")
        pthread_detach(thread)
    }

    private func work() -> Never {
        var seen = 0
        while true {
            var looks = 0
            while generation.load(ordering: .acquiring) == seen, looks < Self.patience { Self.wait(&looks) }
            if takePart(&seen) { pending.subtract(1, ordering: .releasing) }
        }
    }

    /// Waits for the next job and does a part of it, where one is left. The job's closure is let go before this returns,
    /// since its owner waits for that.
    @inline(never)
    private func takePart(_ seen: inout Int) -> Bool {
        pthread_mutex_lock(state.mutex)
        while generation.load(ordering: .relaxed) == seen { pthread_cond_wait(state.wake, state.mutex) }
        seen = generation.load(ordering: .relaxed)
        let place = state.job.places
        guard place > 0, let body = state.job.body else {
            pthread_mutex_unlock(state.mutex)
            return false
        }
        state.job.places -= 1
        let core = state.job.core
        pthread_mutex_unlock(state.mutex)
        // A thread begins where the one that starts it runs, and two that wait for one another are left to take turns
        // there for a long time, though another core is idle.
        if processor_core() == core { processor_avoid_core(core) }
        body(place)
        return true
    }

    /// Waits for an instant; gives the processor away now and then, to whoever is waited for.
    @inline(__always)
    private static func wait(_ looks: inout Int) {
        looks += 1
        if looks % 64 == 0 { sched_yield() } else { processor_pause() }
    }
}
