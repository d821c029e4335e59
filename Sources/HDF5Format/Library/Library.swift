internal import CHDF5
internal import Tensors

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The one way into libhdf5: every call of the library in this module goes through here.
///
/// Calls are serialised by a lock of our own, failures become errors that carry the library's own words, and its
/// error stack is empty on the calling thread when a call returns.
enum Library {
    /// Runs `body`, a libhdf5 call that reports failure by a negative result.
    ///
    /// - Parameter action: completes "HDF5 could not …".
    @discardableResult
    static func call<Result: SignedInteger>(
        _ action: @autoclosure () -> String, _ body: () -> Result
    ) throws(SparsifyError) -> Result {
        state.lock()
        defer { state.unlock() }
        let result = body()
        guard result >= 0 else { throw failure(action()) }
        return result
    }

    /// Runs `body`, a libhdf5 call with no result that stands for failure alone: the error stack tells.
    static func value<Result>(
        _ action: @autoclosure () -> String, _ body: () -> Result
    ) throws(SparsifyError) -> Result {
        state.lock()
        defer { state.unlock() }
        H5Eclear2(hid_t(H5E_DEFAULT))
        let result = body()
        guard H5Eget_num(hid_t(H5E_DEFAULT)) <= 0 else { throw failure(action()) }
        return result
    }

    /// Runs `body`, whose failure does not matter; nil where it failed.
    @discardableResult
    static func quietly<Result: SignedInteger>(_ body: () -> Result) -> Result? {
        state.lock()
        defer { state.unlock() }
        let result = body()
        guard result >= 0 else {
            H5Eclear2(hid_t(H5E_DEFAULT))
            return nil
        }
        return result
    }

    /// Version of the library in use, as `1.10.8`.
    static let version: String = {
        var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
        quietly { H5get_libversion(&major, &minor, &release) }
        return "\(major).\(minor).\(release)"
    }()

    /// Takes the library's error stack of this thread and clears it.
    private static func failure(_ action: String) -> SparsifyError {
        var text = [CChar](repeating: 0, count: 1024)
        chdf5_error_text(&text, text.count)
        H5Eclear2(hid_t(H5E_DEFAULT))
        let words = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return SparsifyError(
            words.contains("version number") ? .unsupported : .malformed,
            "HDF5 could not \(action)" + (words.isEmpty ? "." : ": \(words)."))
    }

    private static let state = State()
}

/// The lock, and what must be done once before the library is used.
///
/// The lock is recursive because a handle may be released inside a call.
private final class State: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    init() {
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, Int32(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
        // Its exit handler loops where a thread has left an error behind.
        H5dont_atexit()
        H5open()
        H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
        // No file makes this process load code.
        H5PLset_loading_state(0)
        chdf5_register_descriptor_conversion()
        H5Eclear2(hid_t(H5E_DEFAULT))
    }

    func lock() {
        pthread_mutex_lock(mutex)
        // Printing is a setting of each thread, and any thread may be new.
        H5Eset_auto2(hid_t(H5E_DEFAULT), nil, nil)
    }

    func unlock() { pthread_mutex_unlock(mutex) }
}
