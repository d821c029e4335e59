internal import Tensors

/// Memory for numbers of one type, 64-byte aligned.
final class Storage<T: Scalar>: @unchecked Sendable {
    private let buffer: RawBuffer
    let count: Int

    var base: UnsafeMutablePointer<T> { buffer.bytes.baseAddress!.assumingMemoryBound(to: T.self) }

    /// `count` uninitialised numbers.
    init(count: Int) {
        buffer = RawBuffer(byteCount: count * MemoryLayout<T>.stride)
        self.count = count
    }

    convenience init(_ values: [T]) {
        self.init(count: values.count)
        values.withUnsafeBufferPointer { values in
            if let source = values.baseAddress { base.update(from: source, count: values.count) }
        }
    }

    var array: [T] { Array(UnsafeBufferPointer(start: base, count: count)) }
    var doubles: [Double] { UnsafeBufferPointer(start: base, count: count).map(Double.init) }
}
