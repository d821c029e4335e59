public import Tensors

/// Where the bytes of a file in the making go.
public protocol OutputSink: AnyObject {
    /// The name that the file is to have.
    var path: String { get }
    /// Appends at the current position.
    func write(_ bytes: UnsafeRawBufferPointer) throws(SparsifyError)
    /// Replaces bytes already written, without moving the current position.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(SparsifyError)
    /// Completes the file.
    func commit() throws(SparsifyError)
}

extension AtomicFile: OutputSink {}

extension OutputSink {
    public func write(_ bytes: [UInt8]) throws(SparsifyError) {
        var failure: SparsifyError?
        bytes.withUnsafeBytes { buffer in
            do throws(SparsifyError) { try write(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}

/// Takes everything and keeps nothing: for learning what a file would come to, without making it.
public final class DiscardingSink: OutputSink {
    public let path: String

    public init(path: String) { self.path = path }

    public func write(_ bytes: UnsafeRawBufferPointer) {}
    public func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) {}
    public func commit() {}
}
